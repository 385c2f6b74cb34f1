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
	results, err := compute(ctx, p, []Transmitter{tx}, &centers{})
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// exactSamples is the distance in terrain samples within which each hex gets a
// profile of its own.
const exactSamples = 64

// compute sweeps transmitters of one position in one pass over the terrain: what each
// alone would give.
func compute(ctx context.Context, p Params, txs []Transmitter, known *centers) ([]*Result, error) {
	for i := range txs {
		if err := txs[i].validate(); err != nil {
			return nil, err
		}
	}
	results, targets, err := around(p, txs, known)
	if err != nil {
		return nil, err
	}
	pather := newPather(p)
	fronts := newFronts(p, txs)
	spacingM := p.Terrain.SpacingM()
	minM := p.Model.Validity().MinDistanceKm * 1000
	exactM := max(minM, exactSamples*spacingM)
	far := targets[:0]
	for i := range targets {
		t := targets[i]
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case p.Exact || t.distanceM < max(minM, minPathM):
			center := known.of(results[0].Blocks[t.block].Parent, p.Resolution).at[t.child]
			for k, r := range results {
				r.exact(pather, txs[k], t, center)
			}
		case t.distanceM < exactM:
			for _, s := range fronts {
				s.own(&t, results)
			}
		default:
			far = append(far, t)
		}
	}
	if err := rays(ctx, fronts, results, far); err != nil {
		return nil, err
	}
	for k, r := range results {
		r.Warnings = warnings(p, txs[k])
		for i := range r.Blocks {
			slices.Sort(r.Blocks[i].Near)
		}
	}
	return results, nil
}

// target is a hex to be given its loss.
type target struct {
	distanceM  float64
	azimuthDeg float64
	block      int32 // in Result.Blocks
	child      int32 // in the block
	ray, step  int32 // the sample that stands for it
}

// around lays out the blocks of transmitters at one position, without a loss yet, and
// the hexes within the radius. The azimuths are the same for all.
func around(p Params, txs []Transmitter, known *centers) ([]*Result, []target, error) {
	at := txs[0].Position
	// The centre of a hex lies within 1.09 average edges of that of its parent.
	coarse := ParentResolution(p.Resolution)
	parents, err := hexgrid.Within(at, p.RadiusM+1.25*hexgrid.EdgeM(coarse), coarse)
	if err != nil {
		return nil, nil, err
	}
	results := make([]*Result, len(txs))
	for k := range results {
		results[k] = &Result{Resolution: p.Resolution}
	}
	local := geodesy.NewLocal(at)
	// A hexagon of edge e has an area of 1.5·√3·e²; a fifth more for small ones.
	edgeM := hexgrid.EdgeM(p.Resolution)
	targets := make([]target, 0, int(1.2*math.Pi*p.RadiusM*p.RadiusM/(1.5*math.Sqrt(3)*edgeM*edgeM)))
	for _, parent := range parents {
		first, block := len(targets), int32(len(results[0].Blocks))
		hexes := known.of(parent, p.Resolution)
		for i := range hexes.cartesian {
			c := &hexes.cartesian[i]
			if local.Chord2M2(c) > p.RadiusM*p.RadiusM {
				continue
			}
			distanceM, azimuthDeg := local.Inverse(c)
			if distanceM <= p.RadiusM {
				targets = append(targets, target{distanceM: distanceM, azimuthDeg: azimuthDeg, block: block, child: int32(i)})
			}
		}
		if len(targets) == first {
			continue
		}
		azimuth := make([]uint16, len(hexes.cartesian))
		for _, t := range targets[first:] {
			azimuth[t.child] = uint16(t.azimuthDeg*100+0.5) % 36000
		}
		for _, r := range results {
			r.Blocks = append(r.Blocks, newBlock(parent, azimuth))
		}
	}
	for _, r := range results {
		r.Counts.Hexes = len(targets)
	}
	return results, targets, nil
}

func newBlock(parent hexgrid.Cell, azimuthCentiDeg []uint16) Block {
	b := Block{
		Parent:            parent,
		LossCentiDB:       make([]coverage.CentiDB, len(azimuthCentiDeg)),
		ElevationCentiDeg: make([]int16, len(azimuthCentiDeg)),
		AzimuthCentiDeg:   azimuthCentiDeg,
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
// nearer the mast they lie denser than the terrain. So within half the radius every two
// rays go together, half way between their own directions, within a quarter every four,
// and so on: each part of a ray lies where its share of the circle has its middle.
type fan struct {
	rays  int32 // of the circle: a multiple of those that go together at first
	steps int32 // of a ray
	// Last steps that two, four and so on rays share, falling; none when they do not.
	turns []int32
}

// How often rays come together toward the mast, and toward the receiver of a reverse
// sweep. Another time saves 2 % of the samples of the one and 8 % of the other and costs
// accuracy: docs/performance.md, "Against exact paths".
const (
	sharings        = 2
	reverseSharings = 1
)

func newFan(p Params, sharings int) fan {
	spacingM := p.Terrain.SpacingM()
	f := fan{
		rays:  int32(math.Ceil(2 * math.Pi * p.RadiusM / spacingM)),
		steps: max(1, int32(math.Round(p.RadiusM/spacingM))),
	}
	f.rays = (f.rays + 1<<sharings - 1) >> sharings << sharings
	for level := range sharings {
		f.turns = append(f.turns, f.steps>>(level+1))
	}
	return f
}

// level is how often rays have come together up to a step, seen from the end.
func (f *fan) level(step int32) int {
	level := 0
	for level < len(f.turns) && step <= f.turns[level] {
		level++
	}
	return level
}

// azimuthDeg is the direction of a ray where it goes together with others of a level.
func (f *fan) azimuthDeg(ray int32, level int) float64 {
	together := int32(1) << level
	return (float64(ray&^(together-1)) + float64(together-1)/2) * 360 / float64(f.rays)
}

// nearest gives the ray and the step nearest to a place: of rays that go together
// there the first.
func (f *fan) nearest(distanceM, azimuthDeg, perSpacing float64) (ray, step int32) {
	step = max(1, int32(distanceM*perSpacing+0.5))
	level := f.level(step)
	together := int32(1) << level
	// Parts of a level lie (together−1)/2 rays after the first of those they are of.
	return int32(azimuthDeg*(1.0/360)*float64(f.rays)+0.5) &^ (together - 1) % f.rays, step
}

// assign gives each target the ray and the sample nearest to its centre: at most half
// a sample across and half along. It returns the targets of each ray together, rays in
// turn; on a ray they are in no order.
func (f *fan) assign(spacingM float64, targets []target) []target {
	next := make([]int32, f.rays+1) // the place of each ray's next
	perSpacing := 1 / spacingM
	for i := range targets {
		t := &targets[i]
		t.ray, t.step = f.nearest(t.distanceM, t.azimuthDeg, perSpacing)
		next[t.ray+1]++
	}
	for k := range f.rays {
		next[k+1] += next[k]
	}
	byRay := make([]target, len(targets))
	for i := range targets {
		n := &next[targets[i].ray]
		byRay[*n] = targets[i]
		*n++
	}
	return byRay
}

// ofOneRay splits off the targets of the first ray and puts them in the order in which
// it meets them. Equals keep theirs.
func ofOneRay(targets []target) (first, others []target) {
	for k := 1; k < len(targets); k++ {
		t := targets[k]
		if t.ray != targets[0].ray {
			return targets[:k], targets[k:]
		}
		i := k
		for ; i > 0 && targets[i-1].step > t.step; i-- {
			targets[i] = targets[i-1]
		}
		targets[i] = t
	}
	return targets, nil
}

// rays gives targets the losses of the samples nearest to them.
func rays(ctx context.Context, fronts []*sweeping, results []*Result, targets []target) error {
	if len(targets) == 0 {
		return nil
	}
	targets = fronts[0].assign(fronts[0].spacingM, targets)
	for len(targets) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var here []target
		here, targets = ofOneRay(targets)
		for _, s := range fronts {
			s.sweep(results, here)
		}
	}
	return nil
}

// sweeping is what the rays of one antenna share.
type sweeping struct {
	fan
	params     Params
	tx         Transmitter
	groundM    float64 // at the mast
	spacingM   float64
	maxM       float64 // the model's maximum distance
	ray        propagation.Ray
	laid       propagation.LaidRay  // the ray, nil when it is none
	zoned      propagation.ZonedRay // the ray, nil when it is none or the land has no zones
	distanceM  []float64            // of step 0, at the mast, and so on
	perM       []float64            // 1/distanceM
	bend       []float64            // see [bend]
	samples    propagation.Samples  // by the step
	directions *geodesy.Fan
	front      front  // of the present ray
	kept       []kept // by the level: how far a front had come at its turn
	rxHeightsM []float64
	lossDB     []float64
	results    []int32 // the place of each frequency's among the results

	// first is another antenna at the same position, nil for none: this one goes the
	// same ways after it and finds the terrain there.
	first *sweeping
}

// front is how far a ray has come.
type front struct {
	number  int32   // of the ray
	level   int     // see [fan.level]
	to      int     // step up to which the ray is wanted
	there   int     // last step that has terrain, as far as it was read
	passed  int     // last step passed
	horizon horizon // to the step before passed
}

// kept is a front at a turn. The samples up to there are still there.
type kept struct {
	front
	valid bool
}

// newFronts prepares the rays of transmitters at one position: those of one height go
// together.
func newFronts(p Params, txs []Transmitter) []*sweeping {
	var fronts []*sweeping
	for i, tx := range txs {
		if slices.ContainsFunc(txs[:i], func(o Transmitter) bool { return o.HeightM == tx.HeightM }) {
			continue
		}
		var frequenciesMHz []float64
		var results []int32
		for k := i; k < len(txs); k++ {
			if txs[k].HeightM == tx.HeightM {
				frequenciesMHz = append(frequenciesMHz, txs[k].FrequencyMHz)
				results = append(results, int32(k))
			}
		}
		s := newSweeping(p, tx, frequenciesMHz, sharings)
		s.results = results
		if len(fronts) > 0 {
			s.first = fronts[0]
		}
		fronts = append(fronts, s)
	}
	return fronts
}

// newSweeping prepares rays that come together so often, if they can.
func newSweeping(p Params, tx Transmitter, frequenciesMHz []float64, sharings int) *sweeping {
	link := p.Link
	link.Explain = false
	s := &sweeping{
		params: p,
		tx:     tx,
		ray: propagation.Prefix(p.Model).NewRay(propagation.Tx{
			Position: tx.Position, HeightM: tx.HeightM, ClearingM: p.ReceiverClearingM, Link: link,
		}, frequenciesMHz),
		groundM:    p.Terrain.At(tx.Position),
		spacingM:   p.Terrain.SpacingM(),
		maxM:       math.Inf(1),
		rxHeightsM: []float64{p.RxHeightM},
		lossDB:     make([]float64, len(frequenciesMHz)),
	}
	if maxKm := p.Model.Validity().MaxDistanceKm; maxKm > 0 {
		s.maxM = maxKm * 1000
	}
	var ok bool
	if s.laid, ok = s.ray.(propagation.LaidRay); !ok {
		sharings = 0
	}
	s.fan = newFan(p, sharings)
	s.kept = make([]kept, len(s.turns))
	// The profiles of hexes near the mast have one step more at most.
	for i := range max(s.steps, exactSamples) + 2 {
		s.distanceM = append(s.distanceM, float64(i)*s.spacingM)
		s.perM = append(s.perM, 1/s.distanceM[i])
		s.bend = append(s.bend, bend(s.distanceM[i]))
	}
	s.directions = geodesy.NewFan(tx.Position, s.distanceM[len(s.distanceM)-1])
	s.samples.Spacing = propagation.NewSpacing(s.distanceM)
	s.samples.TerrainM = make([]float64, len(s.distanceM))
	s.samples.TerrainM[0] = s.groundM
	if p.Clutter != nil {
		s.samples.ClutterM = make([]float64, len(s.distanceM))
	}
	if p.Zones != nil {
		if s.zoned, ok = s.ray.(propagation.ZonedRay); ok {
			s.samples.Zone = make([]propagation.Zone, len(s.distanceM))
			s.samples.Zone[0] = p.Zones.At(tx.Position)
		}
	}
	return s
}

// begin sets the front at the start of its own part of a ray that is wanted up to a
// step.
func (s *sweeping) begin(ray int32, to int) {
	f := &s.front
	for level := range s.kept {
		k := &s.kept[level]
		if k.valid && k.number>>(level+1) == ray>>(level+1) {
			*f = k.front
			f.number, f.to = ray, to
			s.turn()
			return
		}
	}
	level := len(s.turns)
	azimuthDeg := s.azimuthDeg(ray, level)
	s.setOut(azimuthDeg)
	f.number, f.level, f.to = ray, level, to
	if s.laid != nil {
		s.laid.Lay(s.samples)
	} else {
		s.step(0, 0)
	}
	s.read(azimuthDeg, s.spacingM, s.partEnd())
}

// partEnd is the step at which the part of the ray ends that it is on.
func (s *sweeping) partEnd() int {
	if f := &s.front; f.level > 0 {
		return min(f.to, int(s.turns[f.level-1]))
	}
	return s.front.to
}

// turn takes the front, which a kept one is like, into the next part of its ray.
func (s *sweeping) turn() {
	f := &s.front
	f.level--
	azimuthDeg := s.azimuthDeg(f.number, f.level)
	s.laid.Return(f.level, azimuthDeg)
	if f.passed == int(s.turns[f.level]) {
		s.read(azimuthDeg, s.spacingM, s.partEnd())
	}
}

// setOut puts the front at the mast.
func (s *sweeping) setOut(azimuthDeg float64) {
	s.ray.Reset(azimuthDeg)
	s.front = front{}
	s.front.horizon.reset(s.groundM + s.tx.HeightM)
	clear(s.kept)
}

// read reads the terrain of the front's ray up to a step, as far as there is any.
func (s *sweeping) read(azimuthDeg, stepM float64, to int) {
	f := &s.front
	if math.IsNaN(s.groundM) || f.there >= to {
		return
	}
	if s.first != nil {
		s.samples.TerrainM, s.samples.ClutterM, s.samples.Zone = s.first.samples.TerrainM, s.first.samples.ClutterM, s.first.samples.Zone
		f.there = max(f.there, min(to, s.first.front.there))
		return
	}
	from := f.there + 1
	line := s.directions.Ray(azimuthDeg)
	f.there += s.params.Terrain.Along(&line, stepM, from, s.samples.TerrainM[from:to+1])
	if c := s.samples.ClutterM; c != nil {
		s.params.clutter(&line, stepM, from, f.there+1-from, c[from:from])
	}
	if z := s.samples.Zone; z != nil {
		s.params.Zones.Along(&line, stepM, from, z[from:f.there+1])
	}
}

// sweep follows one ray past its targets, which are in order of their steps.
func (s *sweeping) sweep(results []*Result, targets []target) {
	s.begin(targets[0].ray, int(targets[len(targets)-1].step))
	f := &s.front
	for len(targets) > 0 {
		step := int(targets[0].step)
		if !s.pass(step) {
			for _, k := range s.results {
				results[k].Counts.NoTerrain += len(targets)
			}
			return
		}
		distanceM, receiverM := s.distanceM[step], s.samples.TerrainM[step]+s.params.RxHeightM
		s.ray.Loss(s.rxHeightsM, s.lossDB)
		elevationDeg, _ := f.horizon.toward(distanceM, receiverM)
		rise2 := (receiverM - f.horizon.antennaM) * (receiverM - f.horizon.antennaM)
		for len(targets) > 0 && int(targets[0].step) == step {
			t := &targets[0]
			targets = targets[1:]
			s.set(results, t, nearerDB(t.distanceM, distanceM, rise2), elevationDeg)
		}
	}
}

// nearerDB is what the free-space part of a loss at distanceM gains on the way to
// anotherM, with the antennas' heights apart by the root of rise2: the free-space part
// of every model goes with 20 log of the slant distance, ITU-R P.525-5 (3).
func nearerDB(anotherM, distanceM, rise2 float64) float64 {
	q := (anotherM - distanceM) * (anotherM + distanceM) / (distanceM*distanceM + rise2)
	if q < -0.02 || q > 0.02 {
		return 10 * math.Log10(1+q)
	}
	// The series of ln(1+q); what is left out is below 1e-10 dB.
	return 10 / math.Ln10 * q * (1 - q*(1.0/2-q*(1.0/3-q*(1.0/4-q*(1.0/5)))))
}

// set stores the losses of the front, corrected by nearerDB, for a target.
func (s *sweeping) set(results []*Result, t *target, nearerDB, elevationDeg float64) {
	for i, k := range s.results {
		if math.IsNaN(s.lossDB[i]) || t.distanceM > s.maxM {
			results[k].Counts.NoLoss++
			continue
		}
		results[k].set(t, s.lossDB[i]+nearerDB, elevationDeg)
	}
}

// own gives a target the loss of a ray of its own, in equal steps no longer than the
// terrain's spacing: what [Pather.Path] gives, up to rounding and the laying of rays.
func (s *sweeping) own(t *target, results []*Result) {
	// As terrain.Profile divides a path.
	steps := max(int(math.Ceil(t.distanceM/s.spacingM-1e-9)), 1)
	stepM := t.distanceM / float64(steps)
	s.setOut(t.azimuthDeg)
	s.step(0, 0)
	s.read(t.azimuthDeg, stepM, steps)
	f := &s.front
	if f.there < steps {
		for _, k := range s.results {
			results[k].Counts.NoTerrain++
		}
		return
	}
	for i := 1; i <= steps; i++ {
		distanceM := float64(i) * stepM
		if i < steps {
			f.horizon.pass(distanceM, 1/distanceM, s.samples.TerrainM[i])
		} else {
			distanceM = t.distanceM
		}
		s.step(i, distanceM)
	}
	s.ray.Loss(s.rxHeightsM, s.lossDB)
	elevationDeg, _ := f.horizon.toward(t.distanceM, s.samples.TerrainM[steps]+s.params.RxHeightM)
	s.set(results, t, 0, elevationDeg)
}

// step gives a sample that was read to the ray.
func (s *sweeping) step(i int, distanceM float64) {
	var clutterM float64
	if s.samples.ClutterM != nil {
		clutterM = s.samples.ClutterM[i]
	}
	if s.zoned != nil {
		s.zoned.Enter(s.samples.Zone[i])
	}
	s.ray.Step(distanceM, s.samples.TerrainM[i], clutterM)
}

// pass takes the front to a step, and says whether there is terrain up to it. What it
// finds at a turn it keeps for the rays that go together up to there.
func (s *sweeping) pass(to int) bool {
	f := &s.front
	for f.level > 0 && to > int(s.turns[f.level-1]) {
		s.advance(min(int(s.turns[f.level-1]), f.there))
		s.laid.Keep(f.level - 1)
		s.kept[f.level-1] = kept{*f, true}
		s.turn()
	}
	s.advance(min(to, f.there))
	return f.passed >= to
}

// advance takes the ray to a step, and the horizon to the step before.
func (s *sweeping) advance(to int) {
	f := &s.front
	from := f.passed
	if from >= to {
		return
	}
	heightM := s.samples.TerrainM
	if s.laid != nil {
		s.laid.Advance(to)
	} else {
		for i := from + 1; i <= to; i++ {
			s.step(i, s.distanceM[i])
		}
	}
	first := max(from, 1)
	f.horizon.passAll(s.perM[first:to], s.bend[first:to], heightM[first:to])
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
