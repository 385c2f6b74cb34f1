package terrain

import "math"

// LevelShade is the brightness of level ground in [Shade].
const LevelShade = 0.92

// lights are the directions from which light falls, by their share: the main one from
// the north-west and weaker ones beside it, so that slopes facing away keep their shape.
var lights = [...]light{newLight(315, 0.55), newLight(270, 0.18), newLight(0, 0.18), newLight(225, 0.09)}

type light struct{ weight, east, north float64 }

func newLight(azimuthDeg, weight float64) light {
	east, north := math.Sincos(azimuthDeg * math.Pi / 180)
	return light{weight, east, north}
}

// Shade is the brightness from 0, black, to 1, white, that hill shading gives to ground
// which rises by east metres a metre to the east and by north to the north: light from
// the north-west, 45° above the horizon.
func Shade(east, north float64) float64 {
	const contrast, darkest = 0.70, 0.38
	const altitude = math.Sqrt2 / 2 // sine and cosine of the lights' 45° above the horizon
	norm := math.Sqrt(1 + east*east + north*north)
	var lit float64
	for _, l := range lights {
		lit += l.weight * max(0, altitude*(1-east*l.east-north*l.north)/norm)
	}
	return min(1, max(darkest, LevelShade+contrast*(lit-altitude)))
}

// Exaggeration is by how much slopes have to grow so that gentle country can be seen in
// hill shading, from the mean square of its slopes.
func Exaggeration(meanSquare float64) float64 {
	const wantSlope, least, most = 0.42, 0.6, 8.0
	if meanSquare <= 0 {
		return 1
	}
	return min(max(wantSlope/math.Sqrt(meanSquare), least), most)
}
