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
// corrected to its true distance. Hexes within 64 samples of the mast or nearer than
// the model's minimum distance, and all hexes when p.Exact, get a profile of their
// own: half a sample is a large angle there.
func Compute(ctx context.Context, p Params, tx Transmitter) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return compute(ctx, p, tx, &centers{})
}

// exactSamples is the distance in terrain samples within which each hex gets a
// profile of its own.
const exactSamples = 64

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
		exactM = max(p.Model.Validity().MinDistanceKm*1000, exactSamples*p.Terrain.SpacingM())
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

// fan is the rays of a circle. At the radius neighbours are one terrain sample apart;
// nearer the mast they lie denser than the terrain. So within half the radius only
// every second ray is its own, and the others go on from the ray before them.
type fan struct {
	rays  int32 // of the circle, even when they share their beginnings
	steps int32 // of a ray
	turn  int32 // last step that an odd ray shares, 0 when none is shared
}

func newFan(p Params, share bool) fan {
	spacingM := p.Terrain.SpacingM()
	f := fan{
		rays:  int32(math.Ceil(2 * math.Pi * p.RadiusM / spacingM)),
		steps: max(1, int32(math.Round(p.RadiusM/spacingM))),
	}
	if share {
		f.rays += f.rays % 2
		f.turn = f.steps / 2
	}
	return f
}

// assign gives each target the ray and the sample nearest to its centre: at most half
// a sample across and half along. It returns the targets in the order in which rays
// meet them.
func (f fan) assign(spacingM float64, targets []target) []target {
	ends := make([]int32, f.rays+1) // of each ray's targets in order, once all are in place
	for i := range targets {
		t := &targets[i]
		t.step = max(1, int32(math.Round(t.distanceM/spacingM)))
		every := int32(1)
		if t.step <= f.turn {
			every = 2
		}
		t.ray = int32(math.Round(t.azimuthDeg/360*float64(f.rays/every))) * every % f.rays
		ends[t.ray+1]++
	}
	for i := range f.rays {
		ends[i+1] += ends[i]
	}
	inOrder := make([]target, len(targets))
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
	return inOrder
}

// rays gives targets the loss of the samples nearest to them.
func (r *Result) rays(ctx context.Context, p Params, tx Transmitter, targets []target) error {
	if len(targets) == 0 {
		return nil
	}
	s := newSweeping(p, tx, []float64{tx.FrequencyMHz})
	targets = s.assign(s.spacingM, targets)
	for len(targets) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := 1
		for k < len(targets) && targets[k].ray == targets[0].ray {
			k++
		}
		s.sweep(r, targets[:k])
		targets = targets[k:]
	}
	return nil
}

// sweeping is what the rays of one transmitter share.
type sweeping struct {
	fan
	params     Params
	tx         Transmitter
	groundM    float64 // at the mast
	spacingM   float64
	maxM       float64   // the model's maximum distance
	distanceM  []float64 // of step 1 and so on
	directions *geodesy.Fan
	front      front // of the present ray
	turned     front // of the last even ray, at the turn
	rxHeightsM []float64
	lossDB     []float64
}

// front is how far a ray has come.
type front struct {
	number   int32 // of the ray, -1 for none
	ray      propagation.Ray
	heightM  []float64 // of the terrain at step 1 and so on
	clutterM []float64 // above it; nil for none
	there    int       // steps that have terrain
	passed   int       // steps in the ray
	horizon  horizon   // to the step before passed
}

// follow makes f go on from another.
func (f *front) follow(o *front) {
	f.ray.(propagation.BatchRay).Follow(o.ray.(propagation.BatchRay))
	copy(f.heightM, o.heightM[:o.passed])
	if f.clutterM != nil {
		copy(f.clutterM, o.clutterM[:o.passed])
	}
	f.there, f.passed, f.horizon = o.passed, o.passed, o.horizon
}

func newSweeping(p Params, tx Transmitter, frequenciesMHz []float64) *sweeping {
	link := p.Link
	link.Explain = false
	model := propagation.Prefix(p.Model)
	newRay := func() propagation.Ray {
		return model.NewRay(propagation.Tx{
			Position: tx.Position, HeightM: tx.HeightM, ClearingM: p.ReceiverClearingM, Link: link,
		}, frequenciesMHz)
	}
	s := &sweeping{
		params:     p,
		tx:         tx,
		groundM:    p.Terrain.At(tx.Position),
		spacingM:   p.Terrain.SpacingM(),
		maxM:       math.Inf(1),
		rxHeightsM: []float64{p.RxHeightM},
		lossDB:     make([]float64, len(frequenciesMHz)),
	}
	if maxKm := p.Model.Validity().MaxDistanceKm; maxKm > 0 {
		s.maxM = maxKm * 1000
	}
	ray := newRay()
	_, share := ray.(propagation.BatchRay)
	s.fan = newFan(p, share)
	for i := range s.steps + 1 {
		s.distanceM = append(s.distanceM, float64(i+1)*s.spacingM)
	}
	s.directions = geodesy.NewFan(tx.Position, s.distanceM[len(s.distanceM)-1])
	s.front = s.newFront(ray)
	if share {
		s.turned = s.newFront(newRay())
	}
	return s
}

func (s *sweeping) newFront(ray propagation.Ray) front {
	f := front{number: -1, ray: ray, heightM: make([]float64, len(s.distanceM))}
	if s.params.Clutter != nil {
		f.clutterM = make([]float64, len(s.distanceM))
	}
	return f
}

// begin sets the front at the start of its own part of a ray that goes to step to.
func (s *sweeping) begin(ray int32, to int) {
	f := &s.front
	azimuthDeg := float64(ray) * 360 / float64(s.rays)
	complete := !math.IsNaN(s.groundM) // so far
	if s.turn > 0 && ray%2 == 1 {
		if s.turned.number != ray-1 { // which had no targets so far out
			s.begin(ray-1, int(s.turn))
			s.pass(int(s.turn))
		}
		f.ray.Reset(azimuthDeg)
		f.follow(&s.turned)
		complete = f.passed == int(s.turn)
	} else {
		f.ray.Reset(azimuthDeg)
		f.ray.Step(0, s.groundM, 0)
		f.horizon.reset(s.groundM + s.tx.HeightM)
		f.passed, f.there = 0, 0
	}
	f.number = ray
	if complete && f.passed < to {
		line := s.directions.Ray(azimuthDeg)
		f.there += s.params.Terrain.Along(&line, s.spacingM, f.passed+1, f.heightM[f.passed:to])
		if f.clutterM != nil {
			s.params.clutter(&line, s.spacingM, f.passed+1, f.there-f.passed, f.clutterM[f.passed:f.passed])
		}
	}
}

// sweep follows one ray past its targets, which are in order of their steps.
func (s *sweeping) sweep(r *Result, targets []target) {
	s.begin(targets[0].ray, int(targets[len(targets)-1].step))
	f := &s.front
	for len(targets) > 0 {
		step := int(targets[0].step)
		if step > f.there {
			r.Counts.NoTerrain += len(targets)
			return
		}
		s.pass(step)
		distanceM, receiverM := s.distanceM[step-1], f.heightM[step-1]+s.params.RxHeightM
		f.ray.Loss(s.rxHeightsM, s.lossDB)
		elevationDeg, _ := f.horizon.toward(distanceM, receiverM)
		rise2 := (receiverM - f.horizon.antennaM) * (receiverM - f.horizon.antennaM)
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

// pass takes the front to a step, or to the end of the terrain before it, and of an
// even ray keeps the state at the turn for the next.
func (s *sweeping) pass(to int) {
	f := &s.front
	if turn := int(s.turn); turn > 0 && f.number%2 == 0 && f.passed < turn && turn <= to {
		s.advance(min(turn, f.there))
		s.turned.follow(f)
		s.turned.number = f.number
	}
	s.advance(min(to, f.there))
}

// advance takes the ray to a step, and the horizon to the step before.
func (s *sweeping) advance(to int) {
	f := &s.front
	from := f.passed
	if from >= to {
		return
	}
	distanceM, heightM := s.distanceM[from:to], f.heightM[from:to]
	var clutterM []float64
	if f.clutterM != nil {
		clutterM = f.clutterM[from:to]
	}
	if batch, ok := f.ray.(propagation.BatchRay); ok {
		batch.Steps(distanceM, heightM, clutterM)
	} else {
		for i, h := range heightM {
			var c float64
			if clutterM != nil {
				c = clutterM[i]
			}
			f.ray.Step(distanceM[i], h, c)
		}
	}
	if from > 0 {
		f.horizon.pass(s.distanceM[from-1], f.heightM[from-1])
	}
	for i, h := range heightM[:len(heightM)-1] {
		f.horizon.pass(distanceM[i], h)
	}
	f.passed = to
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
