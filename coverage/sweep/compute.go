package sweep

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/paulmach/orb"
)

// Compute sweeps one transmitter: the loss to every hex whose centre lies within
// the radius. The error wraps ErrParams or ErrTransmitter, or is that of the
// context.
//
// Rays leave the mast so close together that no hex centre lies further than half
// a terrain sample from its ray, and are sampled at the terrain's own spacing. A
// hex takes the loss of the sample nearest to its centre, with the free-space part
// corrected to its true distance. Hexes nearer than the model's minimum distance,
// and all hexes when p.Exact, get a profile of their own.
func Compute(ctx context.Context, p Params, tx Transmitter) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return compute(ctx, p, tx, &centers{})
}

func compute(ctx context.Context, p Params, tx Transmitter, known *centers) (*Result, error) {
	if err := tx.validate(); err != nil {
		return nil, err
	}
	res, targets, err := around(p, tx, known)
	if err != nil {
		return nil, err
	}
	res.Warnings = warnings(p, tx)
	exactM := math.Inf(1)
	if !p.Exact {
		exactM = p.Model.Validity().MinDistanceKm * 1000
	}
	far := targets[:0]
	pather := newPather(p)
	for i, t := range targets {
		if t.distanceM >= exactM {
			far = append(far, t)
			continue
		}
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		res.exact(pather, tx, t)
	}
	if err := res.rays(ctx, p, tx, far); err != nil {
		return nil, err
	}
	for i := range res.Blocks {
		slices.Sort(res.Blocks[i].Near)
	}
	return res, nil
}

// target is a hex to be given its loss.
type target struct {
	center     orb.Point
	distanceM  float64
	azimuthDeg float64
	block      int32 // in Result.Blocks
	child      int32 // in the block
	ray, step  int32 // the sample that stands for it
}

// around lays out the blocks, without a value yet, and the hexes within the radius.
func around(p Params, tx Transmitter, known *centers) (*Result, []target, error) {
	cells, err := hexgrid.Within(tx.Position, p.RadiusM, p.Resolution)
	if err != nil {
		return nil, nil, err
	}
	res := &Result{Resolution: p.Resolution, Counts: Counts{Hexes: len(cells)}}
	targets := make([]target, 0, len(cells))
	// Cells and children both come in order of their index: one walk over both.
	for len(cells) > 0 {
		parent := cells[0].Parent(ParentResolution(p.Resolution))
		children, at := known.of(parent, p.Resolution)
		res.Blocks = append(res.Blocks, newBlock(parent, len(children)))
		for i, c := range children {
			if len(cells) == 0 {
				break
			}
			if cells[0] != c {
				continue
			}
			cells = cells[1:]
			t := target{center: at[i], block: int32(len(res.Blocks) - 1), child: int32(i)}
			t.distanceM, t.azimuthDeg = geodesy.Inverse(tx.Position, t.center)
			targets = append(targets, t)
		}
	}
	return res, targets, nil
}

func newBlock(parent hexgrid.Cell, children int) Block {
	b := Block{
		Parent:            parent,
		LossCentiDB:       make([]coverage.CentiDB, children),
		ElevationCentiDeg: make([]int16, children),
		AzimuthCentiDeg:   make([]uint16, children),
	}
	for i := range b.LossCentiDB {
		b.LossCentiDB[i] = coverage.NoValue
	}
	return b
}

// set stores what was found for a target.
func (r *Result) set(t target, lossDB, elevationDeg float64) {
	b := &r.Blocks[t.block]
	b.LossCentiDB[t.child] = coverage.FromDB(lossDB)
	b.ElevationCentiDeg[t.child] = int16(math.Round(elevationDeg * 100))
	b.AzimuthCentiDeg[t.child] = uint16(math.Round(t.azimuthDeg*100)) % 36000
}

// exact gives a target the loss of its own profile.
func (r *Result) exact(p *Pather, tx Transmitter, t target) {
	path, err := p.along(tx, t.center, t.distanceM, t.azimuthDeg)
	switch {
	case errors.Is(err, ErrTerrain):
		r.Counts.NoTerrain++
		return
	case err != nil || math.IsNaN(path.LossDB):
		r.Counts.NoLoss++
		return
	}
	r.set(t, path.LossDB, path.ElevationDeg)
	if path.Near {
		r.Counts.Near++
		b := &r.Blocks[t.block]
		b.Near = append(b.Near, uint16(t.child))
	}
}

// assign gives each target the ray and the sample nearest to its centre, puts them
// in the order in which rays meet them, and gives the number of rays of the circle.
func assign(p Params, targets []target) (rays int32) {
	spacingM := p.Terrain.SpacingM()
	// At the radius neighbouring rays are one terrain sample apart, so a centre is
	// at most half a sample from the nearer one.
	rays = int32(math.Ceil(2 * math.Pi * p.RadiusM / spacingM))
	for i := range targets {
		t := &targets[i]
		t.ray = int32(math.Round(t.azimuthDeg/360*float64(rays))) % rays
		t.step = max(1, int32(math.Round(t.distanceM/spacingM)))
	}
	slices.SortFunc(targets, func(a, b target) int {
		return cmp.Or(cmp.Compare(a.ray, b.ray), cmp.Compare(a.step, b.step),
			cmp.Compare(a.block, b.block), cmp.Compare(a.child, b.child))
	})
	return rays
}

// rays gives targets the loss of the samples nearest to them.
func (r *Result) rays(ctx context.Context, p Params, tx Transmitter, targets []target) error {
	if len(targets) == 0 {
		return nil
	}
	n := assign(p, targets)
	link := p.Link
	link.Explain = false
	ray := propagation.Prefix(p.Model).NewRay(
		propagation.Tx{Position: tx.Position, HeightM: tx.HeightM, Link: link}, []float64{tx.FrequencyMHz})
	s := sweeping{ray: ray, params: p, tx: tx, spacingM: p.Terrain.SpacingM(), rxHeightsM: []float64{p.RxHeightM}, lossDB: make([]float64, 1)}
	for len(targets) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := 1
		for k < len(targets) && targets[k].ray == targets[0].ray {
			k++
		}
		s.sweep(r, targets[:k], float64(targets[0].ray)*360/float64(n))
		targets = targets[k:]
	}
	return nil
}

// sweeping is what the rays of one transmitter share.
type sweeping struct {
	ray        propagation.Ray
	params     Params
	tx         Transmitter
	spacingM   float64
	horizon    horizon
	rxHeightsM []float64
	lossDB     []float64
}

// sweep follows one ray past its targets, which are in order of their steps.
func (s *sweeping) sweep(r *Result, targets []target, azimuthDeg float64) {
	s.ray.Reset(azimuthDeg)
	line := geodesy.NewRay(s.tx.Position, azimuthDeg, float64(targets[len(targets)-1].step)*s.spacingM)
	groundM := s.params.Terrain.At(s.tx.Position)
	s.ray.Step(0, groundM, 0)
	s.horizon.reset(groundM + s.tx.HeightM)
	missing := math.IsNaN(groundM)
	for step := int32(1); len(targets) > 0; step++ {
		distanceM := float64(step) * s.spacingM
		if !missing {
			groundM = s.params.Terrain.At(line.At(distanceM))
			missing = math.IsNaN(groundM)
		}
		if missing {
			r.Counts.NoTerrain += len(targets)
			return
		}
		s.ray.Step(distanceM, groundM, 0)
		if targets[0].step == step {
			s.ray.Loss(s.rxHeightsM, s.lossDB)
			receiverM := groundM + s.params.RxHeightM
			elevationDeg, _ := s.horizon.toward(distanceM, receiverM)
			riseM := receiverM - s.horizon.antennaM
			for len(targets) > 0 && targets[0].step == step {
				t := targets[0]
				targets = targets[1:]
				if math.IsNaN(s.lossDB[0]) || beyond(s.params.Model, t.distanceM) {
					r.Counts.NoLoss++
					continue
				}
				// The free-space part of every model goes with 20 log of the slant
				// distance, ITU-R P.525-5 (3).
				nearerDB := 20 * math.Log10(math.Hypot(t.distanceM, riseM)/math.Hypot(distanceM, riseM))
				r.set(t, s.lossDB[0]+nearerDB, elevationDeg)
			}
		}
		s.horizon.pass(distanceM, groundM)
	}
}

// warnings gives what the model says of the transmitter's frequency, heights and
// percentages, asked over flat ground at a distance within its range.
func warnings(p Params, tx Transmitter) []propagation.Warning {
	v := p.Model.Validity()
	distanceM := max(p.RadiusM, v.MinDistanceKm*1000)
	if v.MaxDistanceKm > 0 {
		distanceM = min(distanceM, v.MaxDistanceKm*1000)
	}
	n := max(2, int(math.Ceil(distanceM/p.Terrain.SpacingM())))
	flat := propagation.Profile{DistanceM: make([]float64, n+1), TerrainM: make([]float64, n+1)}
	for i := range flat.DistanceM {
		flat.DistanceM[i] = distanceM * float64(i) / float64(n)
	}
	l := p.Link
	l.FrequencyMHz, l.TxHeightM, l.RxHeightM = tx.FrequencyMHz, tx.HeightM, p.RxHeightM
	l.Tx, l.Rx, l.Explain = tx.Position, geodesy.Destination(tx.Position, 90, distanceM), false
	res, err := p.Model.Loss(&flat, l)
	if err != nil {
		return nil // then no hex has a value, and that is counted
	}
	return res.Warnings
}

// centers remembers the hexes of blocks and their centres, 24 bytes a hex: many
// transmitters look at the same ones. It is safe for concurrent use.
type centers struct {
	blocks sync.Map // hexgrid.Cell to centersOf
}

type centersOf struct {
	children []hexgrid.Cell
	at       []orb.Point
}

func (c *centers) of(parent hexgrid.Cell, resolution int) ([]hexgrid.Cell, []orb.Point) {
	v, ok := c.blocks.Load(parent)
	if !ok {
		children := parent.Children(resolution)
		v, _ = c.blocks.LoadOrStore(parent, centersOf{children, hexgrid.Centers(children)})
	}
	b := v.(centersOf)
	return b.children, b.at
}
