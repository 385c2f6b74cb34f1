package propagation

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"sync"
)

// ITM is the Irregular Terrain Model of Longley and Rice in point-to-point mode:
// NTIA's version 1.2.2 of the algorithm, of which NTIA's version 1.3 is another
// writing. "Alg" in its files is Hufford, "The ITS Irregular Terrain Model, version
// 1.2.2: The Algorithm" (1995); TR-82-100 is NTIA Report 82-100, TN 101 is NBS
// Technical Note 101. Where report and published figures differ, the figures are
// followed, and the comment says so.
//
// The loss includes free space and the variability in time, location and situation.
// The time variability has a median of its own, so that 50 % is not the reference
// attenuation.
//
// The model knows the terrain alone: neither clutter heights nor zones are read.
// It works on even steps; a profile with others is interpolated to the shortest of
// them, or to an eighth of their mean if that is longer.
type ITM struct{}

var _ Model = ITM{}

// Name gives "itm".
func (ITM) Name() string { return "itm" }

// Validity gives the range within which NTIA's implementation gives no warning.
// Beyond it down to 20 MHz, up to 20 GHz and for heights from 0.5 to 3,000 m there
// is a number with a warning.
func (ITM) Validity() Validity {
	return Validity{
		Source:          "NTIA ITM 1.2.2 (TR-82-100, Hufford 1995)",
		MinFrequencyMHz: 40, MaxFrequencyMHz: 10000,
		MinDistanceKm: 1, MaxDistanceKm: 1000,
		MinTxHeightM: 1, MaxTxHeightM: 1000,
		MinRxHeightM: 1, MaxRxHeightM: 1000,
		Notes: "terrain profile; time, location and situation variability; no clutter",
	}
}

// ITMParameters is what the Irregular Terrain Model asks for beside the link's
// frequency, heights, polarisation, sea-level refractivity (Climate.N0; 0 stands for
// 370, the guide's value for a maritime subtropical climate) and percentages of
// time and location. The zero value suits Vietnam over average ground.
type ITMParameters struct {
	// Climate is the radio climate; 0 stands for MaritimeSubtropical.
	Climate ITMClimate
	// Permittivity is that of the ground relative to vacuum, above 1; 0 stands for 15.
	Permittivity float64
	// Conductivity of the ground is in S/m, above 0; 0 stands for 0.005.
	Conductivity float64
	Variability  ITMVariability
	// SituationPercent is the share of like situations in which the loss is not
	// exceeded, between 0 and 100; 0 stands for 50.
	SituationPercent float64
}

// ITMClimate is a radio climate with NTIA's number.
type ITMClimate int

// The radio climates.
const (
	Equatorial ITMClimate = 1 + iota
	ContinentalSubtropical
	MaritimeSubtropical
	Desert
	ContinentalTemperate
	MaritimeTemperateOverLand
	MaritimeTemperateOverSea
)

// ITMVariability says what the percentages are percentages of. The zero value is
// the broadcast mode with all three kinds of variability.
type ITMVariability struct {
	Mode        ITMMode
	NoLocation  bool // leave location variability out
	NoSituation bool // leave direct situation variability out
}

// ITMMode is a mode of variability.
type ITMMode int

// The modes: in broadcast mode time, locations and situations stand apart; in
// mobile mode locations join time; in accidental mode they join situations; in
// single-message mode all are one.
const (
	BroadcastMode ITMMode = iota
	MobileMode
	AccidentalMode
	SingleMessageMode
)

// ITMVariabilityOf translates NTIA's mode of variability: 0 single message, 1
// accidental, 2 mobile, 3 broadcast, with 10 added to leave out location and 20 to
// leave out situation variability. Any other number is an *ITMError.
func ITMVariabilityOf(mdvar int) (ITMVariability, error) {
	mode := mdvar % 10
	if mdvar < 0 || mdvar >= 40 || mode > 3 {
		return ITMVariability{}, itmRefusal(1014, "mode of variability %d; it must be 0 to 3, plus 10, 20 or 30", mdvar)
	}
	return ITMVariability{
		Mode:        SingleMessageMode - ITMMode(mode),
		NoLocation:  mdvar/10%2 == 1,
		NoSituation: mdvar/20 == 1,
	}, nil
}

// WithConfidence gives l for ITM's other pair of percentages: reliability, which
// stands for time at the median location, and confidence, which stands for
// situation.
func (l Link) WithConfidence(reliabilityPercent, confidencePercent float64) Link {
	l.TimePercent, l.LocationPercent, l.ITM.SituationPercent = reliabilityPercent, 50, confidencePercent
	return l
}

// ITMError is a refusal of the Irregular Terrain Model. It wraps ErrLink, and
// ErrProfile for a path distance or a terrain that gives no number.
type ITMError struct {
	Code   int    // NTIA's return code, 1000 to 1022
	Reason string // what was found and what is wanted
}

func (e *ITMError) Error() string {
	return fmt.Sprintf("%v: %s (ITM error %d)", e.Unwrap(), e.Reason, e.Code)
}

// Unwrap gives ErrProfile or ErrLink.
func (e *ITMError) Unwrap() error {
	switch e.Code {
	case 1017, 1021, 1022:
		return ErrProfile
	}
	return ErrLink
}

func itmRefusal(code int, format string, args ...any) error {
	return &ITMError{code, fmt.Sprintf(format, args...)}
}

// ITMFlags are NTIA's warning flags.
type ITMFlags uint16

// itmWarnings are the warnings in the order of their flags.
var itmWarnings = [...]Warning{
	{"itm-tx-height", "transmitter height is near its limits: outside 1 to 1000 m"},
	{"itm-rx-height", "receiver height is near its limits: outside 1 to 1000 m"},
	{"itm-frequency", "frequency is near its limits: outside 40 to 10000 MHz"},
	{"itm-distance-big", "path distance is near its upper limit: above 1000 km"},
	{"itm-distance-too-big", "path distance is large, above 2000 km: care must be taken with the result"},
	{"itm-distance-steep", "path distance is near its lower limit: the path between the effective heights is steeper than 200 mrad"},
	{"itm-distance", "path distance is small, below 1 km: care must be taken with the result"},
	{"itm-tx-horizon-angle", "transmitter horizon angle is large, above 200 mrad: small angle approximations could break down"},
	{"itm-rx-horizon-angle", "receiver horizon angle is large, above 200 mrad: small angle approximations could break down"},
	{"itm-tx-horizon-distance-1", "transmitter horizon is nearer than 1/10 of the smooth Earth horizon"},
	{"itm-rx-horizon-distance-1", "receiver horizon is nearer than 1/10 of the smooth Earth horizon"},
	{"itm-tx-horizon-distance-2", "transmitter horizon is further than 3 times the smooth Earth horizon"},
	{"itm-rx-horizon-distance-2", "receiver horizon is further than 3 times the smooth Earth horizon"},
	{"itm-variability", "a percentage lies far in the tail of its distribution"},
	{"itm-refractivity", "surface refractivity is small, below 250 N-units: care must be taken with the result"},
}

const (
	itmWarnTxHeight ITMFlags = 1 << iota
	itmWarnRxHeight
	itmWarnFrequency
	itmWarnDistanceBig1
	itmWarnDistanceBig2
	itmWarnDistanceSmall1
	itmWarnDistanceSmall2
	itmWarnTxHorizonAngle
	itmWarnRxHorizonAngle
	itmWarnTxHorizonDistance1
	itmWarnRxHorizonDistance1
	itmWarnTxHorizonDistance2
	itmWarnRxHorizonDistance2
	itmWarnVariability
	itmWarnRefractivity
)

// itmWarningLists holds the list of every combination of flags met so far: over
// mountains nearly every path has some, and Loss is not to allocate for them.
var itmWarningLists = struct {
	sync.RWMutex
	of map[ITMFlags][]Warning
}{of: map[ITMFlags][]Warning{}}

// Warnings lists what the flags say. The list is shared and must not be written to.
func (f ITMFlags) Warnings() []Warning {
	lists := &itmWarningLists
	lists.RLock()
	list, ok := lists.of[f]
	lists.RUnlock()
	if ok {
		return list
	}
	for i, w := range itmWarnings {
		if f&(1<<i) != 0 {
			list = append(list, w)
		}
	}
	lists.Lock()
	defer lists.Unlock()
	lists.of[f] = slices.Clip(list)
	return lists.of[f]
}

// ITMFlagsOf gives the flags of those warnings that are ITM's.
func ITMFlagsOf(warnings []Warning) ITMFlags {
	var f ITMFlags
	for _, w := range warnings {
		for i := range itmWarnings {
			if w.Code == itmWarnings[i].Code {
				f |= 1 << i
			}
		}
	}
	return f
}

// Loss gives the loss not exceeded for the link's percentages of time, locations
// and situations. Errors are *ITMError once profile and link are ones at all, but
// for ErrProfile where the formulas end: with a horizon a metre or so from a high
// antenna.
func (ITM) Loss(p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	s, err := l.itmSystem()
	if err != nil {
		return Result{}, err
	}
	path, buffer := itmEven(p)
	defer itmRelease(buffer)

	s.link.ns = s.n0 * math.Exp(-path.meanHeightM()/9460) // Alg (1.2)
	if err := s.refract(); err != nil {
		return Result{}, err
	}
	s.link.pointToPoint = true
	s.link.deltaHM = path.prepare(&s.link.tx, &s.link.rx, s.link.gamma)
	return s.result(path.length, l.Explain)
}

// itmSystem is a link's ITM parameters, checked, with their defaults.
type itmSystem struct {
	link         itmLink
	frequencyMHz float64
	n0           float64
	climate      *itmClimate
	variability  ITMVariability
	z            itmDeviates
	flags        ITMFlags
}

// itmSystem checks everything that does not depend on the path.
func (l *Link) itmSystem() (itmSystem, error) {
	s := itmSystem{
		link: itmLink{
			tx:         itmTerminal{heightM: l.TxHeightM},
			rx:         itmTerminal{heightM: l.RxHeightM},
			wavenumber: l.FrequencyMHz / 47.70, // Alg (1.1)
		},
		frequencyMHz: l.FrequencyMHz,
		n0:           defaultTo(l.Climate.N0, 370),
		variability:  l.ITM.Variability,
	}
	// The order is NTIA's: the first that fails names the error. The negated forms
	// also refuse NaN.
	for _, end := range [2]struct {
		heightM float64
		code    int
		flag    ITMFlags
		name    string
	}{
		{l.TxHeightM, 1000, itmWarnTxHeight, "transmitter"},
		{l.RxHeightM, 1001, itmWarnRxHeight, "receiver"},
	} {
		if !(end.heightM >= 0.5 && end.heightM <= 3000) {
			return s, itmRefusal(end.code, "%s height %g m; it must be 0.5 to 3000 m", end.name, end.heightM)
		}
		if end.heightM < 1 || end.heightM > 1000 {
			s.flags |= end.flag
		}
	}
	climate := l.ITM.Climate
	if climate == 0 {
		climate = MaritimeSubtropical
	}
	if climate < Equatorial || climate > MaritimeTemperateOverSea {
		return s, itmRefusal(1002, "radio climate %d; it must be 1 to 7", climate)
	}
	s.climate = &itmClimates[climate-1]
	if !(s.n0 >= 250 && s.n0 <= 400) {
		return s, itmRefusal(1008, "sea-level refractivity %g N-units; it must be 250 to 400", s.n0)
	}
	if !(l.FrequencyMHz >= 20 && l.FrequencyMHz <= 20000) {
		return s, itmRefusal(1009, "frequency %g MHz; it must be 20 to 20000 MHz", l.FrequencyMHz)
	}
	if l.FrequencyMHz < 40 || l.FrequencyMHz > 10000 {
		s.flags |= itmWarnFrequency
	}
	if l.Polarization > Horizontal {
		return s, itmRefusal(1010, "unknown polarisation %d", l.Polarization)
	}
	permittivity := defaultTo(l.ITM.Permittivity, 15)
	if !(permittivity > 1 && permittivity <= math.MaxFloat32) {
		return s, itmRefusal(1011, "relative permittivity %g; it must be above 1", permittivity)
	}
	conductivity := defaultTo(l.ITM.Conductivity, 0.005)
	if !(conductivity > 0 && conductivity <= math.MaxFloat32) {
		return s, itmRefusal(1012, "conductivity %g S/m; it must be above 0", conductivity)
	}
	if s.variability.Mode < BroadcastMode || s.variability.Mode > SingleMessageMode {
		return s, itmRefusal(1014, "unknown mode of variability %d", s.variability.Mode)
	}
	var err error
	if s.z.time, err = itmShare(l.TimePercent, 1003, "time"); err != nil {
		return s, err
	}
	if s.z.location, err = itmShare(l.LocationPercent, 1004, "location"); err != nil {
		return s, err
	}
	if s.z.situation, err = itmShare(l.ITM.SituationPercent, 1005, "situation"); err != nil {
		return s, err
	}
	if max(math.Abs(s.z.time), math.Abs(s.z.location), math.Abs(s.z.situation)) > 3.1 {
		s.flags |= itmWarnVariability
	}

	ground := complex(permittivity, 376.62*conductivity/s.link.wavenumber) // Alg (1.5)
	s.link.impedance = cmplx.Sqrt(ground - 1)                              // Alg (1.4)
	if l.Polarization == Vertical {
		s.link.impedance /= ground // Alg (1.4)
	}
	return s, nil
}

// itmShare gives the deviate of a percentage, 0 standing for 50.
func itmShare(percent float64, code int, name string) (float64, error) {
	percent = defaultTo(percent, 50)
	if !(percent > 0 && percent < 100) {
		return 0, itmRefusal(code, "%s percentage %g; it must be between 0 and 100", name, percent)
	}
	return itmDeviate(percent / 100), nil
}

func defaultTo(value, standard float64) float64 {
	if value == 0 {
		return standard
	}
	return value
}

// refract derives the curvature of the effective Earth from the surface
// refractivity. Within the bounds of N_s that curvature is a sound one, so that
// NTIA's error 1016 cannot arise.
func (s *itmSystem) refract() error {
	s.link.gamma = 157e-9 * (1 - 0.04665*math.Exp(s.link.ns/179.3)) // Alg (1.3)
	if s.link.ns < 150 {
		return itmRefusal(1021, "surface refractivity %.4g N-units; it must be at least 150", s.link.ns)
	}
	if s.link.ns > 400 {
		return itmRefusal(1022, "surface refractivity %.4g N-units; it must be at most 400", s.link.ns)
	}
	if s.link.ns < 250 {
		s.flags |= itmWarnRefractivity
	}
	if real(s.link.impedance) <= math.Abs(imag(s.link.impedance)) {
		return itmRefusal(1013, "ground impedance %.4g: the imaginary part is larger than the real part", s.link.impedance)
	}
	return nil
}

// result computes the loss of a prepared link at distance dM.
func (s *itmSystem) result(dM float64, explain bool) (Result, error) {
	l := &s.link
	l.finish()
	for _, end := range [2]struct {
		t                *itmTerminal
		angle, near, far ITMFlags
	}{
		{&l.tx, itmWarnTxHorizonAngle, itmWarnTxHorizonDistance1, itmWarnTxHorizonDistance2},
		{&l.rx, itmWarnRxHorizonAngle, itmWarnRxHorizonDistance1, itmWarnRxHorizonDistance2},
	} {
		if math.Abs(end.t.thetaRad) > 200e-3 {
			s.flags |= end.angle
		}
		if end.t.horizonM < 0.1*end.t.smoothM {
			s.flags |= end.near
		}
		if end.t.horizonM > 3*end.t.smoothM {
			s.flags |= end.far
		}
	}
	switch {
	case dM > 2000e3:
		s.flags |= itmWarnDistanceBig1 | itmWarnDistanceBig2
	case dM > 1000e3:
		s.flags |= itmWarnDistanceBig1
	}
	if dM < math.Abs(l.tx.effectiveM-l.rx.effectiveM)/200e-3 {
		s.flags |= itmWarnDistanceSmall1
	}
	if dM < 1e3 {
		s.flags |= itmWarnDistanceSmall2
	}

	aRefDB, mode := l.referenceDB(dM)
	freeDB := 32.45 + 20*math.Log10(s.frequencyMHz) + 20*math.Log10(dM/1000)
	res := Result{LossDB: freeDB + l.variableDB(aRefDB, dM, s.variability, s.climate, s.z)}
	// The smooth-Earth formulas end where the ground's K exceeds 1.607, with a
	// horizon a step from a high antenna.
	if math.IsNaN(res.LossDB) || math.IsInf(res.LossDB, 0) {
		return Result{}, fmt.Errorf("%w: the formulas of ITM give no number for horizons at %.4g and %.4g m below antennas of effective heights %.4g and %.4g m",
			ErrProfile, l.tx.horizonM, l.rx.horizonM, l.tx.effectiveM, l.rx.effectiveM)
	}
	if s.flags != 0 {
		res.Warnings = s.flags.Warnings()
	}
	if explain {
		res.Intermediates = []Quantity{
			{"d", dM / 1000, "km", "Alg §1"},
			{"Afs", freeDB, "dB", "TN 101"},
			{"Aref", aRefDB, "dB", "Alg (4.1)"},
			{"mode", float64(mode), "", "Alg (4.1)"},
			{"thetae1", l.tx.thetaRad, "rad", "Alg §7"},
			{"thetae2", l.rx.thetaRad, "rad", "Alg §7"},
			{"dL1", l.tx.horizonM, "m", "Alg §7"},
			{"dL2", l.rx.horizonM, "m", "Alg §7"},
			{"he1", l.tx.effectiveM, "m", "Alg §7"},
			{"he2", l.rx.effectiveM, "m", "Alg §7"},
			{"deltah", l.deltaHM, "m", "Alg §7"},
			{"Ns", l.ns, "N-units", "Alg (1.2)"},
			{"gammae", l.gamma, "1/m", "Alg (1.3)"},
		}
	}
	return res, nil
}

// How far off an even step a sample may stand and still count as on it: what
// rounding and a profile printed to the millimetre leave.
const itmUnevenM = 2e-3

// The most samples, for each given one, that an uneven profile is interpolated to.
const itmRefinement = 8

var itmBuffers = sync.Pool{New: func() any { return new([]float64) }}

// itmEven gives p at even steps: its own terrain, or a buffer for itmRelease.
func itmEven(p *Profile) (itmPath, *[]float64) {
	intervals := len(p.DistanceM) - 1
	lengthM := p.LengthM()
	step := lengthM / float64(intervals)
	even := true
	shortest := lengthM
	for i, d := range p.DistanceM {
		if math.Abs(d-float64(i)*step) > itmUnevenM {
			even = false
		}
		if i > 0 {
			shortest = min(shortest, d-p.DistanceM[i-1])
		}
	}
	if even {
		return itmPath{step, p.TerrainM, lengthM}, nil
	}
	buffer := itmBuffers.Get().(*[]float64)
	n := int(min(math.Ceil(lengthM/shortest), float64(itmRefinement*intervals)))
	step = lengthM / float64(n)
	z := (*buffer)[:0]
	z = append(z, p.TerrainM[0])
	j := 1
	for i := 1; i < n; i++ {
		x := float64(i) * step
		for p.DistanceM[j] < x {
			j++
		}
		share := (x - p.DistanceM[j-1]) / (p.DistanceM[j] - p.DistanceM[j-1])
		z = append(z, p.TerrainM[j-1]+(p.TerrainM[j]-p.TerrainM[j-1])*share)
	}
	z = append(z, p.TerrainM[intervals])
	*buffer = z
	return itmPath{step, z, lengthM}, buffer
}

func itmRelease(buffer *[]float64) {
	if buffer != nil {
		itmBuffers.Put(buffer)
	}
}
