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
	case db >= 0 && db < 327.67:
		return CentiDB(db*100 + 0.5)
	case db < 0 && db > -327.67:
		return CentiDB(db*100 - 0.5)
	case db != db:
		return NoValue
	case db > 0:
		return math.MaxInt16
	}
	return -math.MaxInt16
}

// DB gives the value in decibels, NaN for NoValue.
func (c CentiDB) DB() float64 {
	if c == NoValue {
		return math.NaN()
	}
	return float64(c) / 100
}

// MilliwattsOf gives a power of so many dBm in milliwatts, within 1e-9 of its value: 0
// below -3000 dBm, +Inf above 3000 dBm, NaN for NaN.
//
// It is 2^(k/256)·e^r with k whole and |r| ≤ ln 2/512. The first factor comes from a
// table and an exponent; of e^r the terms up to r² are taken, and the next is below
// 4.2e-10.
func MilliwattsOf(dbm float64) float64 {
	const perDB = 256 * math.Ln10 / (10 * math.Ln2)
	switch {
	case dbm < -3000:
		return 0
	case dbm > 3000:
		return math.Inf(1)
	case dbm != dbm:
		return dbm
	}
	t := dbm * perDB
	k := math.Floor(t + 0.5)
	r := (t - k) * (math.Ln2 / 256)
	n := int64(k)
	power := math.Float64frombits(uint64(n>>8+1023) << 52)
	return roots[n&255] * power * (1 + r*(1+r*0.5))
}

// roots are 2^(k/256).
var roots = func() (v [256]float64) {
	for k := range v {
		v[k] = math.Exp2(float64(k) / 256)
	}
	return v
}()

// Log is the natural logarithm, quick and within 1e-12 of math.Log.
//
// Of the number m·2^e the mantissa is brought to 1+r, |r| ≤ 1/256, by the reciprocal of
// a number nearby, whose logarithm comes from a table. Of the series of ln(1+r) the
// terms up to r⁴ are taken, and the next is below 2e-13.
func Log(x float64) float64 {
	if !(x >= 0x1p-1022 && x <= math.MaxFloat64) {
		return math.Log(x)
	}
	bits := math.Float64bits(x)
	k := bits >> 45 & 127
	mantissa := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	r := mantissa*logs[k].per - 1
	exponent := float64(int64(bits>>52) - 1023)
	return exponent*math.Ln2 + logs[k].ln + r*(1-r*(1.0/2-r*(1.0/3-r*(1.0/4))))
}

// logs are the middles of 128 parts of 1 to 2, as reciprocals and logarithms.
var logs = func() (v [128]struct{ per, ln float64 }) {
	for k := range v {
		v[k].per = 1 / (1 + (float64(k)+0.5)/128)
		v[k].ln = -math.Log(v[k].per)
	}
	return v
}()

// Atan is the arc tangent of a slope, quick for slopes as the ground has them and
// within 1e-16 of math.Atan there.
func Atan(slope float64) float64 {
	q := slope * slope
	if !(q < 0.01) {
		return math.Atan(slope)
	}
	// The series; what is left out is below 1e-18.
	return slope * (1 - q*(1.0/3-q*(1.0/5-q*(1.0/7-q*(1.0/9-q*(1.0/11-q*(1.0/13-q*(1.0/15))))))))
}
