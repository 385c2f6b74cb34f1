package power

import "math"

// Irradiation on the horizontal after FAO Irrigation and Drainage Paper 56 (Allen,
// Pereira, Raes, Smith, 1998), chapter 3.
const (
	solarConstant   = 0.0820 // MJ/m² a minute
	angstromA       = 0.25   // share that arrives on overcast days, FAO-56 (35)
	angstromB       = 0.50   // added on clear days
	joulesPerKWh    = 3.6    // MJ
	minutesPerDayPi = 24 * 60 / math.Pi
)

// middleDay is the day of the year in the middle of a month from 0, FAO-56 Annex 2.
func middleDay(month int) float64 { return math.Floor(30.4*float64(month+1) - 15) }

// extraterrestrial gives the irradiation above the atmosphere in MJ/m² a day and
// the possible hours of sunshine on a day of the year.
func extraterrestrial(latitudeDeg, day float64) (raMJ, hours float64) {
	phi := latitudeDeg * math.Pi / 180
	year := 2 * math.Pi * day / 365
	dr := 1 + 0.033*math.Cos(year)                                 // FAO-56 (23)
	delta := 0.409 * math.Sin(year-1.39)                           // FAO-56 (24)
	cosSunset := min(max(-math.Tan(phi)*math.Tan(delta), -1), 1)   // beyond, the sun does not set or rise
	ws := math.Acos(cosSunset)                                     // FAO-56 (25)
	high := ws * math.Sin(phi) * math.Sin(delta)                   // of (21)
	across := math.Cos(phi) * math.Cos(delta) * math.Sin(ws)       // of (21)
	return minutesPerDayPi * solarConstant * dr * (high + across), // FAO-56 (21)
		24 / math.Pi * ws // FAO-56 (34)
}

// monthsKWh gives the mean daily irradiation on the horizontal of each month in
// kWh/m² at a latitude, from the share of possible sunshine, FAO-56 (35).
func monthsKWh(latitudeDeg float64, sunshine [12]float64) [12]float64 {
	var out [12]float64
	for m := range out {
		ra, _ := extraterrestrial(latitudeDeg, middleDay(m))
		out[m] = (angstromA + angstromB*sunshine[m]) * ra / joulesPerKWh
	}
	return out
}
