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

// Ray is the state of a path that grows away from its transmitter.
type Ray interface {
	// Reset forgets the path. The next Step gives the transmitter's own sample,
	// at distance 0.
	Reset()
	// Step appends a sample: its distance from the transmitter in metres (strictly
	// increasing), the terrain above sea level and the representative clutter
	// height above the terrain, both in metres.
	Step(distanceM, terrainM, clutterM float64)
	// Loss writes the loss in dB to a receiver at the last sample, for each
	// frequency and receiver height in metres above the terrain: dst[f*len(rxHeightsM)+h].
	// A combination without a value is NaN.
	Loss(rxHeightsM []float64, dst []float64)
}

// Tx is the transmitting end of a ray with all that does not change along it.
type Tx struct {
	Position orb.Point
	HeightM  float64 // antenna above ground
	// Link carries polarisation, percentages and climate; its frequency, heights
	// and positions are not read.
	Link Link
}

// Profile is terrain along a path, from the transmitter to the receiver.
type Profile struct {
	DistanceM []float64 // from the transmitter: 0 first, strictly increasing
	TerrainM  []float64 // above sea level, one for each distance
	ClutterM  []float64 // representative clutter height above the terrain; nil for none
	Zone      []Zone    // radio-climatic zone; nil for inland throughout
}

// Zone is a radio-climatic zone of ITU-R P.1812, table 2.
type Zone uint8

// The zones. The zero Zone is inland.
const (
	Inland Zone = iota
	Coastal
	Sea
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
	TxHeightM       float64 // antenna above ground
	RxHeightM       float64 // antenna above ground
	Tx, Rx          orb.Point
	Polarization    Polarization
	TimePercent     float64 // 0 stands for 50
	LocationPercent float64 // 0 stands for 50

	// Explain asks for every intermediate value in the Result.
	Explain bool
}

// Result is what a model says of a path.
type Result struct {
	LossDB        float64 // basic transmission loss between isotropic antennas
	Warnings      []Warning
	Intermediates []Quantity // when Link.Explain
}

// Warning says that a value is outside the range a recommendation states.
type Warning struct {
	Code    string // stable identifier, such as "p1812-frequency"
	Message string
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
	Notes                            string
}
