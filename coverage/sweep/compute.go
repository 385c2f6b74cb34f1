package sweep

import (
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
		res.exact(pather, tx, t, known.of(res.Blocks[t.block].Parent, p.Resolution).at[t.child])
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
	distanceM  float64
	azimuthDeg float64
	block      int32 // in Result.Blocks
	child      int32 // in the block
	ray, step  int32 // the sample that stands for it
}

// around lays out the blocks, without a value yet, and the hexes within the radius.
func around(p Params, tx Transmitter, known *centers) (*Result, []target, error) {
	// The centre of a hex lies within 1.09 average edges of that of its parent.
	at := ParentResolution(p.Resolution)
	parents, err := hexgrid.Within(tx.Position, p.RadiusM+1.25*hexgrid.EdgeM(at), at)
	if err != nil {
		return nil, nil, err
	}
	local := geodesy.NewLocal(tx.Position)
	res := &Result{Resolution: p.Resolution}
	// A hexagon of edge e has an area of 1.5·√3·e²; a fifth more for small ones.
	edgeM := hexgrid.EdgeM(p.Resolution)
	targets := make([]target, 0, int(1.2*math.Pi*p.RadiusM*p.RadiusM/(1.5*math.Sqrt(3)*edgeM*edgeM)))
	for _, parent := range parents {
		first := len(targets)
		hexes := known.of(parent, p.Resolution)
		for i := range hexes.cartesian {
			c := &hexes.cartesian[i]
			if local.Chord2M2(c) > p.RadiusM*p.RadiusM {
				continue
			}
			distanceM, azimuthDeg := local.Inverse(c)
			if distanceM <= p.RadiusM {
				targets = append(targets, target{distanceM: distanceM, azimuthDeg: azimuthDeg, block: int32(len(res.Blocks)), child: int32(i)})
			}
		}
		if len(targets) > first {
			res.Blocks = append(res.Blocks, newBlock(parent, len(hexes.cartesian)))
		}
	}
	res.Counts.Hexes = len(targets)
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
func (r *Result) set(t *target, lossDB, elevationDeg float64) {
	b := &r.Blocks[t.block]
	b.LossCentiDB[t.child] = coverage.FromDB(lossDB)
	b.ElevationCentiDeg[t.child] = int16(math.Round(elevationDeg * 100))
	b.AzimuthCentiDeg[t.child] = uint16(math.Round(t.azimuthDeg*100)) % 36000
}

// exact gives a target the loss of its own profile.
func (r *Result) exact(p *Pather, tx Transmitter, t target, center orb.Point) {
	path, err := p.along(tx, center, t.distanceM, t.azimuthDeg)
	switch {
	case errors.Is(err, ErrTerrain):
		r.Counts.NoTerrain++
		return
	case err != nil || math.IsNaN(path.LossDB):
		r.Counts.NoLoss++
		return
	}
	r.set(&t, path.LossDB, path.ElevationDeg)
	if path.Near {
		r.Counts.Near++
		b := &r.Blocks[t.block]
		b.Near = append(b.Near, uint16(t.child))
	}
}

// assign gives each target the ray and the sample nearest to its centre. It returns
// the targets in the order in which rays meet them, and the number of rays of the
// circle.
func assign(p Params, targets []target) (inOrder []target, rays int32) {
	spacingM := p.Terrain.SpacingM()
	// At the radius neighbouring rays are one terrain sample apart, so a centre is
	// at most half a sample from the nearer one.
	rays = int32(math.Ceil(2 * math.Pi * p.RadiusM / spacingM))
	ends := make([]int32, rays+1) // of each ray's targets in order, once all are in place
	for i := range targets {
		t := &targets[i]
		t.ray = int32(math.Round(t.azimuthDeg/360*float64(rays))) % rays
		t.step = max(1, int32(math.Round(t.distanceM/spacingM)))
		ends[t.ray+1]++
	}
	for i := range rays {
		ends[i+1] += ends[i]
	}
	inOrder = make([]target, len(targets))
	for _, t := range targets {
		// Few targets share a ray: each is put in its place among those before it.
		i := ends[t.ray]
		ends[t.ray]++
		for i > 0 && inOrder[i-1].ray == t.ray && inOrder[i-1].step > t.step {
			inOrder[i] = inOrder[i-1]
			i--
		}
		inOrder[i] = t
	}
	return inOrder, rays
}

// rays gives targets the loss of the samples nearest to them.
func (r *Result) rays(ctx context.Context, p Params, tx Transmitter, targets []target) error {
	if len(targets) == 0 {
		return nil
	}
	targets, n := assign(p, targets)
	s := newSweeping(p, tx)
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
	groundM    float64 // at the mast
	spacingM   float64
	maxM       float64   // the model's maximum distance
	distanceM  []float64 // of step 1 and so on
	heightM    []float64 // of the terrain there, on the present ray
	horizon    horizon
	rxHeightsM []float64
	lossDB     []float64
}

func newSweeping(p Params, tx Transmitter) *sweeping {
	link := p.Link
	link.Explain = false
	s := &sweeping{
		ray: propagation.Prefix(p.Model).NewRay(
			propagation.Tx{Position: tx.Position, HeightM: tx.HeightM, Link: link}, []float64{tx.FrequencyMHz}),
		params:     p,
		tx:         tx,
		groundM:    p.Terrain.At(tx.Position),
		spacingM:   p.Terrain.SpacingM(),
		maxM:       math.Inf(1),
		rxHeightsM: []float64{p.RxHeightM},
		lossDB:     make([]float64, 1),
	}
	if maxKm := p.Model.Validity().MaxDistanceKm; maxKm > 0 {
		s.maxM = maxKm * 1000
	}
	steps := int(math.Round(p.RadiusM/s.spacingM)) + 1
	s.heightM = make([]float64, steps)
	for i := range steps {
		s.distanceM = append(s.distanceM, float64(i+1)*s.spacingM)
	}
	return s
}

// sweep follows one ray past its targets, which are in order of their steps.
func (s *sweeping) sweep(r *Result, targets []target, azimuthDeg float64) {
	steps := int(targets[len(targets)-1].step)
	line := geodesy.NewRay(s.tx.Position, azimuthDeg, s.distanceM[steps-1])
	there := 0
	if !math.IsNaN(s.groundM) {
		there = s.params.Terrain.Along(&line, s.spacingM, s.heightM[:steps])
	}
	s.ray.Reset(azimuthDeg)
	s.ray.Step(0, s.groundM, 0)
	s.horizon.reset(s.groundM + s.tx.HeightM)
	passed := 0 // steps in the ray
	for len(targets) > 0 {
		step := int(targets[0].step)
		if step > there {
			r.Counts.NoTerrain += len(targets)
			return
		}
		s.pass(passed, step)
		passed = step
		distanceM, receiverM := s.distanceM[step-1], s.heightM[step-1]+s.params.RxHeightM
		s.ray.Loss(s.rxHeightsM, s.lossDB)
		elevationDeg, _ := s.horizon.toward(distanceM, receiverM)
		rise2 := (receiverM - s.horizon.antennaM) * (receiverM - s.horizon.antennaM)
		for len(targets) > 0 && int(targets[0].step) == step {
			t := &targets[0]
			targets = targets[1:]
			if math.IsNaN(s.lossDB[0]) || t.distanceM > s.maxM {
				r.Counts.NoLoss++
				continue
			}
			// The free-space part of every model goes with 20 log of the slant
			// distance, ITU-R P.525-5 (3).
			nearerDB := 10 * math.Log10((t.distanceM*t.distanceM+rise2)/(distanceM*distanceM+rise2))
			r.set(t, s.lossDB[0]+nearerDB, elevationDeg)
		}
	}
}

// pass takes the ray from step from to step to, and the horizon to the step before.
func (s *sweeping) pass(from, to int) {
	distanceM, heightM := s.distanceM[from:to], s.heightM[from:to]
	if batch, ok := s.ray.(propagation.BatchRay); ok {
		batch.Steps(distanceM, heightM)
	} else {
		for i, h := range heightM {
			s.ray.Step(distanceM[i], h, 0)
		}
	}
	if from > 0 {
		s.horizon.pass(s.distanceM[from-1], s.heightM[from-1])
	}
	for i, h := range heightM[:len(heightM)-1] {
		s.horizon.pass(distanceM[i], h)
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

// centers remembers the centres of the hexes of blocks, 40 bytes a hex: many
// transmitters look at the same ones. It is safe for concurrent use.
type centers struct {
	blocks sync.Map // hexgrid.Cell to *centersOf
}

// centersOf is the centres of the children of a parent, in order.
type centersOf struct {
	at        []orb.Point
	cartesian []geodesy.Cartesian
}

func (c *centers) of(parent hexgrid.Cell, resolution int) *centersOf {
	if v, ok := c.blocks.Load(parent); ok {
		return v.(*centersOf)
	}
	b := &centersOf{at: hexgrid.Centers(parent.Children(resolution))}
	b.cartesian = make([]geodesy.Cartesian, len(b.at))
	for i, p := range b.at {
		b.cartesian[i] = geodesy.ToCartesian(p)
	}
	v, _ := c.blocks.LoadOrStore(parent, b)
	return v.(*centersOf)
}
