package crs

import "math"

const degree = math.Pi / 180

// transverseMercator projects the WGS 84 ellipsoid, which VN-2000 uses too, with
// Krüger's series to the sixth order in the third flattening, in the form of
// Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85,
// 2011 (doi:10.1007/s00190-011-0445-3). Its error is below 10 nm within 3,900 km of
// the central meridian.
type transverseMercator struct {
	meridianDeg    float64
	scale          float64 // on the central meridian
	falseEastingM  float64
	falseNorthingM float64
}

// The ellipsoid of WGS 84.
const (
	wgs84A = 6378137.0         // semi-major axis, metres
	wgs84F = 1 / 298.257223563 // flattening
	wgs84N = wgs84F / (2 - wgs84F)
)

var wgs84E = math.Sqrt(wgs84F * (2 - wgs84F)) // eccentricity

// Powers of the third flattening.
const (
	n1 = wgs84N
	n2 = n1 * n1
	n3 = n2 * n1
	n4 = n3 * n1
	n5 = n4 * n1
	n6 = n5 * n1
)

// rectifyingRadiusM is the meridian's length divided by 2π [Karney 2011, eq 14].
const rectifyingRadiusM = wgs84A / (1 + n1) * (1 + n2/4 + n4/64 + n6/256)

// alpha holds the coefficients of the forward series [Karney 2011, eq 35], beta
// those of the inverse [eq 36].
var (
	alpha = [6]float64{
		n1/2 - n2*2/3 + n3*5/16 + n4*41/180 - n5*127/288 + n6*7891/37800,
		n2*13/48 - n3*3/5 + n4*557/1440 + n5*281/630 - n6*1983433/1935360,
		n3*61/240 - n4*103/140 + n5*15061/26880 + n6*167603/181440,
		n4*49561/161280 - n5*179/168 + n6*6601661/7257600,
		n5*34729/80640 - n6*3418889/1995840,
		n6 * 212378941 / 319334400,
	}
	beta = [6]float64{
		n1/2 - n2*2/3 + n3*37/96 - n4/360 - n5*81/512 + n6*96199/604800,
		n2/48 + n3/15 - n4*437/1440 + n5*46/105 - n6*1118711/3870720,
		n3*17/480 - n4*37/840 - n5*209/4480 + n6*5569/90720,
		n4*4397/161280 - n5*11/504 - n6*830251/7257600,
		n5*4583/161280 - n6*108847/3991680,
		n6 * 20648693 / 638668800,
	}
)

func (m transverseMercator) forward(lonDeg, latDeg float64) (x, y float64) {
	sinLambda, cosLambda := math.Sincos((lonDeg - m.meridianDeg) * degree)
	tau := conformal(math.Tan(latDeg * degree))
	xi0 := math.Atan2(tau, cosLambda) // [Karney 2011, eq 10]
	eta0 := math.Asinh(sinLambda / math.Hypot(tau, cosLambda))
	xi, eta := xi0, eta0
	for j, a := range alpha { // [Karney 2011, eq 11]
		k := 2 * float64(j+1)
		s, c := math.Sincos(k * xi0)
		xi += a * s * math.Cosh(k*eta0)
		eta += a * c * math.Sinh(k*eta0)
	}
	return m.falseEastingM + m.scale*rectifyingRadiusM*eta, // [Karney 2011, eq 13]
		m.falseNorthingM + m.scale*rectifyingRadiusM*xi
}

func (m transverseMercator) inverse(x, y float64) (lonDeg, latDeg float64) {
	xi := (y - m.falseNorthingM) / (m.scale * rectifyingRadiusM) // [Karney 2011, eq 15]
	eta := (x - m.falseEastingM) / (m.scale * rectifyingRadiusM)
	if math.Abs(xi) > math.Pi/2 || math.Abs(eta) > 1 {
		return math.NaN(), math.NaN() // beyond the pole, or too far for the series
	}
	xi0, eta0 := xi, eta
	for j, b := range beta { // [Karney 2011, eq 11, inverse]
		k := 2 * float64(j+1)
		s, c := math.Sincos(k * xi)
		xi0 -= b * s * math.Cosh(k*eta)
		eta0 -= b * c * math.Sinh(k*eta)
	}
	sinXi, cosXi := math.Sincos(xi0)
	sinhEta := math.Sinh(eta0)
	tau := sinXi / math.Hypot(sinhEta, cosXi) // [Karney 2011, eq 18]
	lambda := math.Atan2(sinhEta, cosXi)
	return m.meridianDeg + lambda/degree, math.Atan(geodetic(tau)) / degree
}

// conformal gives the tangent of the conformal latitude for the tangent of the
// geodetic [Karney 2011, eq 7 to 9].
func conformal(tau float64) float64 {
	sec := math.Hypot(1, tau)
	sigma := math.Sinh(wgs84E * math.Atanh(wgs84E*tau/sec))
	return tau*math.Hypot(1, sigma) - sigma*sec
}

// geodetic undoes conformal by Newton's method [Karney 2011, eq 19 to 21]. Three
// steps reach the precision of float64 from anywhere.
func geodetic(want float64) float64 {
	const oneMinusE2 = (1 - wgs84F) * (1 - wgs84F)
	tau := want
	for range 3 {
		got := conformal(tau)
		tau += (want - got) / math.Hypot(1, got) *
			(1 + oneMinusE2*tau*tau) / (oneMinusE2 * math.Hypot(1, tau))
	}
	return tau
}

// webMercator projects geodetic latitude as if the earth were a sphere with the
// equatorial radius (EPSG method 1024).
type webMercator struct{}

func (webMercator) forward(lonDeg, latDeg float64) (x, y float64) {
	return wgs84A * lonDeg * degree, wgs84A * math.Asinh(math.Tan(latDeg*degree))
}

func (webMercator) inverse(x, y float64) (lonDeg, latDeg float64) {
	return x / wgs84A / degree, math.Atan(math.Sinh(y/wgs84A)) / degree
}
