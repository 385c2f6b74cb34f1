// Package coverage holds the words every step of a coverage computation shares.
// The steps are sub-packages: propagation gives the path loss of one path,
// antenna and linkbudget the rest of a link, sweep the path loss of one
// transmitter to every hex, merge the layers of signal, criterion the classes of
// hexes and villages.
package coverage

import "math"

// CentiDB is a level or loss in hundredths of a decibel (dB or dBm), the type in
// which grids of values are stored. It saturates: ±327.67 dB is the end of its range.
type CentiDB int16

// NoValue is the CentiDB that says there is none.
const NoValue CentiDB = math.MinInt16

// FromDB rounds a value in decibels to the nearest hundredth, saturating. NaN
// gives NoValue.
func FromDB(db float64) CentiDB {
	switch {
	case math.IsNaN(db):
		return NoValue
	case db >= 327.67:
		return math.MaxInt16
	case db <= -327.67:
		return -math.MaxInt16
	}
	return CentiDB(math.Round(db * 100))
}

// DB gives the value in decibels, NaN for NoValue.
func (c CentiDB) DB() float64 {
	if c == NoValue {
		return math.NaN()
	}
	return float64(c) / 100
}

// MilliwattsOf gives a power of so many dBm in milliwatts.
func MilliwattsOf(dbm float64) float64 { return math.Exp(dbm * (math.Ln10 / 10)) }
