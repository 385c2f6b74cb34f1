package crs

import "math"

// lv95 is the Swiss oblique conformal cylindrical projection: ellipsoid to sphere,
// sphere rotated so that Bern lies on the equator, Mercator. Formulas and constants
// are section 3 of swisstopo, "Formulas and constants for the calculation of the
// Swiss conformal cylindrical projection and for the transformation between
// coordinate systems", 2016.
type lv95 struct{}

// The ellipsoid of Bessel 1841 and the old observatory of Bern.
const (
	besselA    = 6377397.155     // semi-major axis, metres
	besselF    = 1 / 299.1528128 // flattening
	besselE2   = besselF * (2 - besselF)
	bernLat    = (46 + 57.0/60 + 8.66/3600) * degree
	bernLon    = (7 + 26.0/60 + 22.50/3600) * degree
	bernEastM  = 2_600_000
	bernNorthM = 1_200_000
)

var (
	besselE = math.Sqrt(besselE2)
	// Radius of the sphere, ratio of longitudes, and latitude of Bern on the sphere.
	swissRadiusM = besselA * math.Sqrt(1-besselE2) / (1 - besselE2*math.Pow(math.Sin(bernLat), 2))
	swissAlpha   = math.Sqrt(1 + besselE2/(1-besselE2)*math.Pow(math.Cos(bernLat), 4))
	swissB0      = math.Asin(math.Sin(bernLat) / swissAlpha)
	// The constant K of the formula of latitude.
	swissK = isometric(swissB0, 0) - swissAlpha*isometric(bernLat, besselE)
)

// isometric gives the isometric latitude, the northing of Mercator's projection of
// an ellipsoid with eccentricity e and semi-major axis 1.
func isometric(lat, e float64) float64 {
	s := math.Sin(lat)
	return math.Atanh(s) - e*math.Atanh(e*s)
}

func (lv95) forward(lonDeg, latDeg float64) (x, y float64) {
	b := math.Asin(math.Tanh(swissAlpha*isometric(latDeg*degree, besselE) + swissK)) // sphere
	l := swissAlpha * (lonDeg*degree - bernLon)
	sinB, cosB := math.Sincos(b)
	sinB0, cosB0 := math.Sincos(swissB0)
	sinL, cosL := math.Sincos(l)
	rotatedL := math.Atan2(sinL*cosB, sinB0*sinB+cosB0*cosB*cosL)
	rotatedSinB := cosB0*sinB - sinB0*cosB*cosL
	return bernEastM + swissRadiusM*rotatedL, bernNorthM + swissRadiusM*math.Atanh(rotatedSinB)
}

func (lv95) inverse(x, y float64) (lonDeg, latDeg float64) {
	rotatedL := (x - bernEastM) / swissRadiusM
	if math.Abs(rotatedL) > math.Pi/2 {
		return math.NaN(), math.NaN() // the other side of the earth
	}
	rotatedB := math.Atan(math.Sinh((y - bernNorthM) / swissRadiusM))
	sinB, cosB := math.Sincos(rotatedB)
	sinB0, cosB0 := math.Sincos(swissB0)
	sinL, cosL := math.Sincos(rotatedL)
	b := math.Asin(cosB0*sinB + sinB0*cosB*cosL)
	l := math.Atan2(sinL*cosB, cosB0*cosB*cosL-sinB0*sinB)
	want := (isometric(b, 0) - swissK) / swissAlpha
	lat := b
	for range 6 { // each step gains a factor of e² = 0.0067: 1e-13 of the first error
		lat = math.Asin(math.Tanh(want + besselE*math.Atanh(besselE*math.Sin(lat))))
	}
	return (bernLon + l/swissAlpha) / degree, lat / degree
}
