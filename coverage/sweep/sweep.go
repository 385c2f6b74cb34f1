// Package sweep computes the path loss from a transmitter to every hex around it.
//
// [Compute] is the sweep itself, a plain function. A [Sweeper] keeps results in a
// store under the key of everything they depend on and sweeps many transmitters on
// all cores. A [Pather] gives single paths, exactly. Antennas, powers and tilts
// come after, in package merge: no result here depends on them.
package sweep

import (
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/zone"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// Errors of this package.
var (
	ErrParams      = errors.New("sweep: invalid parameters")
	ErrTransmitter = errors.New("sweep: invalid transmitter")
	ErrTerrain     = errors.New("sweep: the path crosses missing terrain")
	ErrRange       = errors.New("sweep: the path is longer than the model's maximum distance")
	ErrFormat      = errors.New("sweep: not an encoded result of this version")
)

// Transmitter is where a sweep starts: sectors on one mast that share height and
// frequency share its result. It is comparable and serves as a map key.
type Transmitter struct {
	Position     orb.Point
	HeightM      float64 // antenna above ground
	FrequencyMHz float64
}

// Transmitters gives the transmitters of all sectors, each once, in the order of
// sites and their sectors.
func Transmitters(sites []data.Site) []Transmitter {
	var txs []Transmitter
	seen := map[Transmitter]bool{}
	for i := range sites {
		for j := range sites[i].Sectors {
			tx := Of(&sites[i], &sites[i].Sectors[j])
			if !seen[tx] {
				seen[tx] = true
				txs = append(txs, tx)
			}
		}
	}
	return txs
}

// Of gives the transmitter of a sector on its site.
func Of(site *data.Site, s *data.Sector) Transmitter {
	return Transmitter{Position: site.Position, HeightM: s.AntennaHeightM, FrequencyMHz: s.FrequencyMHz}
}

// validate gives an error wrapping ErrTransmitter for a position, height or
// frequency that is none.
func (tx *Transmitter) validate() error {
	// The negated forms also refuse NaN.
	switch {
	case !(math.Abs(tx.Position.Lon()) <= 180) || !(math.Abs(tx.Position.Lat()) <= 90):
		return fmt.Errorf("%w: position %v, %v", ErrTransmitter, tx.Position.Lon(), tx.Position.Lat())
	case !(tx.HeightM > 0 && tx.HeightM < 10e3):
		return fmt.Errorf("%w: antenna height %g m above ground", ErrTransmitter, tx.HeightM)
	case !(tx.FrequencyMHz > 0 && tx.FrequencyMHz < 1e6):
		return fmt.Errorf("%w: frequency %g MHz", ErrTransmitter, tx.FrequencyMHz)
	}
	return nil
}

// Params is what the sweeps of one run share.
type Params struct {
	// Model gives the loss; nearer than its minimum distance it is joined to P.525
	// and P.526 as [propagation.Near] does. Its name and the source of its validity stand for its
	// numbers in stored results: a model with parameters of its own carries them in
	// its name.
	Model propagation.Model
	// Link carries polarisation, percentages and climate; its frequency, heights,
	// positions and Explain are not read.
	Link    propagation.Link
	Terrain *terrain.Grid
	// Clutter is the representative height of trees and buildings above the ground, in
	// metres, at the places of Terrain's samples; NaN where there is none, nil for none
	// anywhere. A point of a path takes that of the sample nearest to it. Models add it
	// to the terrain between the antennas.
	Clutter *terrain.Grid
	// Zones are the radio-climatic zones of Terrain's samples, nil for inland throughout.
	// A point of a path takes that of the sample nearest to it.
	Zones *zone.Map
	// Clutter that lies within so many metres of an antenna, the boundary included,
	// does not stand in its way; 0 leaves only the ends themselves out. See
	// [DefaultReceiverClearingM]. The transmitter needs one where a sweep sets out from
	// a handset.
	ReceiverClearingM, TransmitterClearingM float64

	RxHeightM  float64 // receiving antenna above ground
	RadiusM    float64 // hexes whose centre lies within it get a loss
	Resolution int     // of the hexes, H3
	// Exact computes one profile for each hex instead of sweeping rays: slow, and
	// the reference that rays are held against.
	Exact bool
}

// DefaultReceiverClearingM is the usual distance from a handset within which clutter is
// left out: a tree on the sample beside a terminal at 1.5 m would cost 24 to 28 dB, and
// which sample that is would decide.
const DefaultReceiverClearingM = 100

// Validate gives an error wrapping ErrParams that names what is wrong.
func (p *Params) Validate() error {
	// The negated forms also refuse NaN.
	switch {
	case p.Model == nil:
		return fmt.Errorf("%w: no model", ErrParams)
	case p.Terrain == nil || p.Terrain.Width < 2 || p.Terrain.Height < 2:
		return fmt.Errorf("%w: no terrain", ErrParams)
	case p.Clutter != nil && !p.Clutter.SameLattice(p.Terrain):
		return fmt.Errorf("%w: clutter whose samples do not lie where the terrain's do", ErrParams)
	case p.Zones != nil && !p.Zones.Covers(p.Terrain):
		return fmt.Errorf("%w: zones whose samples do not lie where the terrain's do", ErrParams)
	case !(p.ReceiverClearingM >= 0 && p.TransmitterClearingM >= 0):
		return fmt.Errorf("%w: clearings of %g m and %g m", ErrParams, p.ReceiverClearingM, p.TransmitterClearingM)
	case !(p.RxHeightM > 0 && p.RxHeightM < 10e3):
		return fmt.Errorf("%w: receiver height %g m above ground", ErrParams, p.RxHeightM)
	case !(p.RadiusM > 0 && p.RadiusM <= maxRadiusM):
		return fmt.Errorf("%w: radius %g m; expected above 0, at most %g", ErrParams, p.RadiusM, maxRadiusM)
	case p.Resolution < 0 || p.Resolution > hexgrid.MaxResolution:
		return fmt.Errorf("%w: %w: %d", ErrParams, hexgrid.ErrResolution, p.Resolution)
	}
	return nil
}

// maxRadiusM keeps the geometry of rays (see geodesy.Line) and the memory of a result
// in bounds. Cellular reach ends far below.
const maxRadiusM = 200e3

// BlockDepth is how many resolutions the parent of a [Block] lies above its hexes:
// 7⁴ = 2,401 hexes a block, 36 km² at resolution 10.
const BlockDepth = 4

// ParentResolution gives the resolution of the parents of blocks of hexes.
func ParentResolution(resolution int) int { return max(0, resolution-BlockDepth) }

// Block is the path loss from one transmitter to the hexes of one parent. Its
// slices have one member for each child of the parent, at
// [hexgrid.Cell.ChildPosition].
type Block struct {
	Parent hexgrid.Cell
	// LossCentiDB is basic transmission loss; NoValue beyond the radius and where
	// there is none.
	LossCentiDB []coverage.CentiDB
	// ElevationCentiDeg is the direction above the horizontal, in hundredths of a
	// degree, in which the path leaves the antenna: to the receiver when it is in
	// line of sight, else to the antenna's own radio horizon on the way. The Earth's
	// radius is 4/3 of its true one.
	ElevationCentiDeg []int16
	// AzimuthCentiDeg is the direction of the hex from the transmitter in
	// hundredths of a degree clockwise from true north, 0 to 35,999.
	AzimuthCentiDeg []uint16
	// Near lists, rising, the hexes nearer than the model's minimum distance, whose
	// loss [propagation.Near] joins.
	Near []uint16
}

// ElevationDeg gives the elevation of child i in degrees.
func (b *Block) ElevationDeg(i int) float64 { return float64(b.ElevationCentiDeg[i]) / 100 }

// AzimuthDeg gives the azimuth of child i in degrees.
func (b *Block) AzimuthDeg(i int) float64 { return float64(b.AzimuthCentiDeg[i]) / 100 }

// Result is the sweep of one transmitter.
type Result struct {
	Resolution int     // of the hexes
	Blocks     []Block // in order of their parents
	Counts     Counts
	// Warnings say where the link leaves the range that the model's recommendation
	// states, distance apart.
	Warnings []propagation.Warning
}

// Counts says what became of the hexes within the radius.
type Counts struct {
	Hexes     int // within the radius
	Near      int // nearer than the model's minimum distance
	NoTerrain int // without value: the path crosses missing terrain
	NoLoss    int // without value: outside the model's mathematics or beyond its maximum distance
}

func (c *Counts) add(o Counts) {
	c.Hexes += o.Hexes
	c.Near += o.Near
	c.NoTerrain += o.NoTerrain
	c.NoLoss += o.NoLoss
}

// Block gives the block of a parent, nil when the sweep does not reach it.
func (r *Result) Block(parent hexgrid.Cell) *Block {
	lo, hi := 0, len(r.Blocks)
	for lo < hi {
		if m := (lo + hi) / 2; r.Blocks[m].Parent < parent {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < len(r.Blocks) && r.Blocks[lo].Parent == parent {
		return &r.Blocks[lo]
	}
	return nil
}
