// Package propagation computes basic transmission loss along a path by the
// published recommendations, one file each.
//
// A [Model] gives the loss of a whole path profile. A [RayModel] also gives it
// step by step along a ray, carrying its state, so that a sweep of a whole circle
// costs one pass over the terrain.
//
// An error means no number. A warning means a number outside the
// recommendation's stated range; it travels to the output.
package propagation

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Errors of every model, for errors.Is.
var (
	ErrProfile = errors.New("propagation: invalid path profile")
	ErrLink    = errors.New("propagation: link outside the model's mathematics")
	ErrModel   = errors.New("propagation: no such model")
)

// Model computes the basic transmission loss of one path. Implementations are
// safe for concurrent use.
type Model interface {
	// Name is the model's identifier in project files, such as "p1812".
	Name() string
	// Validity is the range the recommendation states.
	Validity() Validity
	// Loss gives the loss of the path. It returns an error wrapping ErrProfile or
	// ErrLink when the mathematics gives no number, and warnings in the Result
	// when the number is outside the recommended range.
	Loss(p *Profile, l Link) (Result, error)
}

// RayModel is a Model whose mathematics allows the loss to be carried along a ray.
type RayModel interface {
	Model
	// NewRay prepares a ray from tx at the given frequencies in MHz. A Ray is not
	// safe for concurrent use and does not allocate after NewRay, except to grow
	// with the longest ray seen.
	NewRay(tx Tx, frequenciesMHz []float64) Ray
}

// Reciprocal is a Model that may give the same loss in both directions.
type Reciprocal interface {
	Model
	// Reciprocal says whether the loss under l stays the same when the antennas, with
	// their heights, and the profile swap their ends.
	Reciprocal(l Link) bool
}

// Ray is the state of a path that grows away from its transmitter.
type Ray interface {
	// Reset forgets the path and sets out in a new direction: the azimuth in
	// degrees clockwise from true north. The next Step gives the transmitter's own
	// sample, at distance 0.
	Reset(azimuthDeg float64)
	// Step appends a sample: its distance from the transmitter in metres (strictly
	// increasing), the terrain above sea level and the representative clutter
	// height above the terrain, both in metres. The transmitter stands on its own
	// sample's terrain, and that sample's clutter is not read. Once a terrain height
	// is NaN the path has no value any more.
	Step(distanceM, terrainM, clutterM float64)
	// Loss writes the loss in dB to a receiver at the last sample, for each
	// frequency and receiver height in metres above the terrain: dst[f*len(rxHeightsM)+h].
	// A combination without a value is NaN.
	Loss(rxHeightsM []float64, dst []float64)
}

// ZonedRay is a Ray of a model that reads radio-climatic zones.
type ZonedRay interface {
	Ray
	// Enter says in which zone the samples of further Steps lie. A path of which that
	// was never said is inland, as a [Profile] without zones.
	Enter(zone Zone)
}

// LaidRay is a Ray that can read its samples where they lie, quicker than it takes them
// one by one, and can go back to where it was.
type LaidRay interface {
	Ray
	// Lay gives the samples of this path and of those that Return goes on with, in
	// place of Step. The ray keeps no copy: those it has passed must stay as they are
	// until the next Reset.
	Lay(s Samples)
	// Advance makes sample last the last of the path, further out than before.
	Advance(last int)
	// Keep remembers the path so far until the next Keep at that place, 0 or above.
	Keep(place int)
	// Return goes back to the path that Keep remembered there, as often as it is
	// called, and on in another direction: an azimuth as for Reset. The samples of
	// that path must be as they were.
	Return(place int, azimuthDeg float64)
}

// Tx is the transmitting end of a ray with all that does not change along it.
type Tx struct {
	Position orb.Point
	HeightM  float64 // antenna above ground
	// ClearingM is the distance from the receiver within which clutter is left out
	// of the profile, the boundary included; 0 leaves none out (the receiver's own
	// sample never counts). [Profile.ClearReceiver] is the same for a whole path.
	ClearingM float64
	// Link carries polarisation, percentages and climate; its frequency, heights
	// and positions are not read.
	Link Link
}

// Profile is terrain along a path, from the transmitter to the receiver.
type Profile struct {
	DistanceM []float64 // from the transmitter: 0 first, increasing by at least 1 mm
	TerrainM  []float64 // above sea level, one for each distance

	// ClutterM is the representative clutter height above the terrain, nil for none.
	// It is added to the terrain between the ends. At the receiver it only says
	// whether the antenna is above its surroundings; at the transmitter it is not read.
	ClutterM []float64

	Zone []Zone // radio-climatic zone; nil for inland throughout
}

// ClearReceiver sets the clutter within clearingM metres of the receiver to zero,
// the boundary included, but not that of the receiver's own sample, which never
// stands in the way.
func (p *Profile) ClearReceiver(clearingM float64) {
	last := min(len(p.DistanceM), len(p.ClutterM)) - 1
	for i := last - 1; i >= 0 && p.DistanceM[last]-p.DistanceM[i] <= clearingM; i-- {
		p.ClutterM[i] = 0
	}
}

// LengthM is the distance from the transmitter to the receiver.
func (p *Profile) LengthM() float64 { return p.DistanceM[len(p.DistanceM)-1] }

// check gives an error wrapping ErrProfile when p is not a path: fewer than two
// samples, members of different lengths, distances that do not increase from 0,
// or a height that is missing.
func (p *Profile) check() error {
	n := len(p.DistanceM)
	switch {
	case n < 2:
		return fmt.Errorf("%w: %d samples; a path has at least 2", ErrProfile, n)
	case len(p.TerrainM) != n,
		p.ClutterM != nil && len(p.ClutterM) != n,
		p.Zone != nil && len(p.Zone) != n:
		return fmt.Errorf("%w: %d distances, %d terrain heights, %d clutter heights, %d zones",
			ErrProfile, n, len(p.TerrainM), len(p.ClutterM), len(p.Zone))
	case p.DistanceM[0] != 0:
		return fmt.Errorf("%w: first distance is %g m; it must be 0", ErrProfile, p.DistanceM[0])
	}
	for i, d := range p.DistanceM {
		// The negated forms also refuse NaN.
		if i > 0 && !(d >= p.DistanceM[i-1]+minStepM) || d > maxDistanceM {
			return fmt.Errorf("%w: distance %g m at sample %d after %g m; distances increase by at least %g m up to %g m",
				ErrProfile, d, i, p.DistanceM[max(i-1, 0)], minStepM, maxDistanceM)
		}
		if !(math.Abs(p.TerrainM[i]) <= maxHeightM) {
			return fmt.Errorf("%w: terrain height %g m at sample %d (%g m)", ErrProfile, p.TerrainM[i], i, d)
		}
		if p.ClutterM != nil && !(p.ClutterM[i] >= 0 && p.ClutterM[i] <= maxHeightM) {
			return fmt.Errorf("%w: clutter height %g m at sample %d (%g m)", ErrProfile, p.ClutterM[i], i, d)
		}
		if p.Zone != nil && p.Zone[i] > Sea {
			return fmt.Errorf("%w: unknown zone %d at sample %d (%g m)", ErrProfile, p.Zone[i], i, d)
		}
	}
	return nil
}

// What a link can be: samples no nearer than a millimetre, half way round the Earth
// at most, 100 km up or down, 1 kHz to 10 THz. Anything beyond is a mistake in units.
const (
	minStepM        = 1e-3
	maxDistanceM    = 20.1e6
	maxHeightM      = 100e3
	minFrequencyMHz = 1e-3
	maxFrequencyMHz = 1e7
)

// Polarization of the transmitted wave. The zero Polarization is vertical.
type Polarization uint8

// The two linear polarisations.
const (
	Vertical Polarization = iota
	Horizontal
)

// Link is everything about a path that is not its profile.
type Link struct {
	FrequencyMHz    float64
	TxHeightM       float64   // antenna above ground
	RxHeightM       float64   // antenna above ground
	Tx, Rx          orb.Point // P.1812 reads the latitude of the path's centre from them
	Polarization    Polarization
	TimePercent     float64 // not exceeded for this share of an average year; 0 stands for 50
	LocationPercent float64 // not exceeded at this share of locations; 0 stands for 50
	Climate         Climate

	// ResolutionM is the width of the square area over which the location
	// variability applies (w_a of ITU-R P.1812); 0 stands for 100 m.
	ResolutionM float64

	ITM ITMParameters // what ITM alone reads

	// Explain asks for every intermediate value in the Result.
	Explain bool
}

// Climate is the radio climate of a path. The zero Climate is a temperate inland
// path. ITU-R P.1812 reads DeltaN and N0 from digital maps that may not be
// redistributed, so they are constants here.
type Climate struct {
	// DeltaN is the average lapse rate of refractivity through the lowest 1 km of
	// the atmosphere in N-units/km, a positive number below 157. 0 stands for 45 in
	// P.1812, and in P.526 for an effective Earth radius of 4/3.
	DeltaN float64
	// N0 is the sea-level surface refractivity in N-units; 0 stands for 325, and for
	// 370 in ITM.
	N0 float64
	// TxCoastKm and RxCoastKm are the distances over land from each end to the
	// coast along the path in km. 0 stands for the distance along the profile to the
	// sea, and for 500 when there is none.
	TxCoastKm, RxCoastKm float64
}

// defaulted gives l with its documented zero values filled in.
func (l Link) defaulted() Link {
	if l.TimePercent == 0 {
		l.TimePercent = 50
	}
	if l.LocationPercent == 0 {
		l.LocationPercent = 50
	}
	if l.ResolutionM == 0 {
		l.ResolutionM = 100
	}
	if l.Climate.N0 == 0 {
		l.Climate.N0 = 325
	}
	return l
}

// check gives an error wrapping ErrLink when the frequency or an antenna height
// leaves a model no mathematics.
func (l *Link) check() error {
	// The negated forms also refuse NaN.
	if !(l.FrequencyMHz >= minFrequencyMHz && l.FrequencyMHz <= maxFrequencyMHz) {
		return fmt.Errorf("%w: frequency %g MHz", ErrLink, l.FrequencyMHz)
	}
	if !(l.TxHeightM >= 0 && l.TxHeightM <= maxHeightM) {
		return fmt.Errorf("%w: transmitter height %g m above ground", ErrLink, l.TxHeightM)
	}
	if !(l.RxHeightM >= 0 && l.RxHeightM <= maxHeightM) {
		return fmt.Errorf("%w: receiver height %g m above ground", ErrLink, l.RxHeightM)
	}
	return nil
}

// Result is what a model says of a path.
type Result struct {
	LossDB        float64 // basic transmission loss between isotropic antennas
	Near          bool    // nearer than the model's minimum distance, see [Near]
	Warnings      []Warning
	Intermediates []Quantity // when Link.Explain
}

// Warning says that a value is outside the range a recommendation states.
type Warning struct {
	Code    string `json:"code"` // stable identifier, such as "p1812-frequency"
	Message string `json:"message"`
}

// Quantity is a named intermediate value with the equation it comes from.
type Quantity struct {
	Name     string // symbol as in the recommendation
	Value    float64
	Unit     string
	Equation string // "(21)"
}

// Validity is the range a recommendation states for its model. A zero maximum
// means that none is stated.
type Validity struct {
	Source                           string // recommendation and edition
	MinFrequencyMHz, MaxFrequencyMHz float64
	MinDistanceKm, MaxDistanceKm     float64
	MinTxHeightM, MaxTxHeightM       float64
	MinRxHeightM, MaxRxHeightM       float64
	MinTimePercent, MaxTimePercent   float64
	MinLocationPct, MaxLocationPct   float64
	EffectiveHeights                 bool // heights are above the surroundings, never above sea level
	Zones                            bool // radio-climatic zones of the path are read
	Notes                            string
}

// rangeWarnings compares a link and the path's length with the model's stated
// range. The codes are the model's name with "-frequency", "-distance",
// "-tx-height", "-rx-height", "-time" or "-location".
func rangeWarnings(m Model, l Link, lengthM float64) []Warning {
	v := m.Validity()
	var warnings []Warning
	check := func(code, what string, value, least, most float64, unit string) {
		if value >= least && (most == 0 || value <= most) {
			return
		}
		stated := fmt.Sprintf("at least %g", least)
		if most != 0 {
			stated = fmt.Sprintf("%g to %g", least, most)
		}
		warnings = append(warnings, Warning{m.Name() + "-" + code,
			fmt.Sprintf("%s %.6g %s is outside the %s %s of %s", what, value, unit, stated, unit, v.Source)})
	}
	check("frequency", "frequency", l.FrequencyMHz, v.MinFrequencyMHz, v.MaxFrequencyMHz, "MHz")
	check("distance", "distance", lengthM/1000, v.MinDistanceKm, v.MaxDistanceKm, "km")
	check("tx-height", "transmitter height", l.TxHeightM, v.MinTxHeightM, v.MaxTxHeightM, "m")
	check("rx-height", "receiver height", l.RxHeightM, v.MinRxHeightM, v.MaxRxHeightM, "m")
	check("time", "time percentage", l.TimePercent, v.MinTimePercent, v.MaxTimePercent, "%")
	check("location", "location percentage", l.LocationPercent, v.MinLocationPct, v.MaxLocationPct, "%")
	return warnings
}

// medianRadiusM is the median effective Earth radius for a lapse rate of
// deltaN N-units/km.
func (c Climate) medianRadiusM(deltaN float64) (float64, error) {
	// The negated form also refuses NaN.
	if !(deltaN < 157 && deltaN > -1e6) {
		return 0, fmt.Errorf("%w: DeltaN %g N-units/km; it must be below 157", ErrLink, deltaN)
	}
	return earthRadiusM * 157 / (157 - deltaN), nil // P.1812 (6), (7a)
}
