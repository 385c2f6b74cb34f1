package propagation

// track is the samples of a ray so far, the transmitter's first and the receiver's
// last.
type track struct {
	clearingM float64 // see [Tx.ClearingM]

	Samples         // those laid out, or stepped
	stepped Samples // memory of those that came by Step
	zoned   bool    // and the zone of those to come, once there is one
	zone    Zone

	progress

	// Memory of [skyline.extend]: some samples in the folded plane, and the numbers of
	// those that may be vertices.
	ys     [batch]float64
	listed [batch]int32
}

// progress is how far a track has come.
type progress struct {
	samples   int
	cluttered bool // some sample after the transmitter's bears clutter
	missing   bool // some sample has no height
	settled   int  // first sample that may lie in the receiver's clearing
	zones     sections
}

// batch is how many samples a skyline takes in at a time: a power of 2.
const batch = 64

func (t *track) reset() {
	if t.stepped.Spacing == nil {
		t.stepped.Spacing = &Spacing{}
	}
	t.stepped.Spacing.clear()
	t.stepped.TerrainM, t.stepped.ClutterM, t.stepped.Zone = t.stepped.TerrainM[:0], t.stepped.ClutterM[:0], t.stepped.Zone[:0]
	t.zoned = false
	t.Samples = t.stepped
	t.progress = progress{settled: 1}
}

// add appends a sample.
func (t *track) add(distanceM, terrainM, clutterM float64) {
	t.stepped.Spacing.add(distanceM)
	t.stepped.TerrainM = append(t.stepped.TerrainM, terrainM)
	t.stepped.ClutterM = append(t.stepped.ClutterM, clutterM)
	t.Samples = t.stepped
	if t.zoned {
		t.stepped.Zone = append(t.stepped.Zone, t.zone)
		t.Zone = t.stepped.Zone
	}
	t.advance(t.samples)
}

// enter makes a zone that of the samples to come.
func (t *track) enter(zone Zone) {
	for !t.zoned && len(t.stepped.Zone) < t.samples {
		t.stepped.Zone = append(t.stepped.Zone, Inland)
	}
	t.zoned, t.zone = true, zone
}

// advance makes a sample the last one. Whether all before it have a height shows when
// a skyline takes them in.
func (t *track) advance(last int) {
	from := t.samples
	t.samples = last + 1
	if len(t.Zone) > 0 {
		t.zones.extend(t.Zone, t.Spacing.distanceM, from, t.samples)
	}
	if t.ClutterM == nil {
		return
	}
	for i, c := range t.ClutterM[from:t.samples] {
		// The negated form also refuses NaN.
		if !(c >= 0 && c <= maxHeightM) {
			t.missing = true
		}
		if c > 0 && from+i > 0 {
			t.cluttered = true
		}
	}
}

// clutterAt gives the clutter of a sample.
func (t *track) clutterAt(i int) float64 {
	if t.ClutterM == nil {
		return 0
	}
	return t.ClutterM[i]
}

// settle moves settled up to the clearing about the last sample.
func (t *track) settle() {
	last := t.samples - 1
	for t.settled < last && t.Spacing.distanceM[last]-t.Spacing.distanceM[t.settled] > t.clearingM {
		t.settled++
	}
}

// skyline is what both ends of a ray see of its samples over one effective Earth
// radius: the steepest slope from the transmitter, and for a receiver beyond them
// their upper convex hull, in the folded plane. With fold 0 it is the plane of the
// straight line.
type skyline struct {
	hull
	fold      float64 // 1/2a
	cluttered bool    // heights are those of the surface, else of the terrain
	next      int     // first sample not taken in
	txSlope   float64 // largest slope from the transmitter, -Inf without samples
	txSample  int
}

func (s *skyline) reset() {
	s.hull.reset()
	s.next, s.txSlope, s.txSample = 1, negInf, 0
}

// follow makes s a copy of another.
func (s *skyline) follow(o *skyline) {
	s.vertices = append(s.vertices[:0], o.vertices...)
	s.next, s.txSlope, s.txSample = o.next, o.txSlope, o.txSample
}

// extend takes in the samples before the given one, some at a time, and for the first
// skyline of a ray adds them to its sums. Of those between the last one taken in and the
// last of them only such as stand above the chord of their neighbours, and above that
// from end to end, can be vertices. Which do is as good as random: they are listed
// first, without a branch for the processor to mispredict.
func (s *skyline) extend(to int, path *track, txM float64, fit *smoothFit) {
	for s.next < to {
		first := s.next
		n := 1 // the first alone, so that there is one before all others
		if len(s.vertices) > 0 {
			n = min(to-first, batch)
		}
		ys := path.ys[:n]
		if fit != nil {
			fit.extend(path, first, ys, s.fold)
		} else {
			path.fold(first, ys, s.fold)
		}
		if s.cluttered && path.ClutterM != nil {
			for i, c := range path.ClutterM[first : first+n] {
				ys[i] += c
			}
		}
		listed := &path.listed
		k := 0
		if n > 1 {
			k = path.aboveChords(first, n, s.vertices[len(s.vertices)-1].y)
		}
		listed[k] = int32(n - 1)
		s.takeAll(first, path.Spacing.distanceM[first:first+n], ys, listed[:k+1], txM)
		s.next = first + n
	}
}

// takeAll takes in those samples that are listed, by their place after the first.
func (s *skyline) takeAll(first int, xs, ys []float64, listed []int32, txM float64) {
	v, txSlope, txSample := s.vertices, s.txSlope, s.txSample // in registers
	for _, i := range listed {
		x, y := xs[i], ys[i]
		if y-txM > txSlope*x {
			txSlope, txSample = (y-txM)*(1/x), first+int(i)
		}
		v = push(v, vertex{x, y, first + int(i)})
	}
	s.vertices, s.txSlope, s.txSample = v, txSlope, txSample
}

// fold gives the terrain from a sample on in a folded plane.
func (t *track) fold(first int, ys []float64, fold float64) {
	squares, hs := t.Spacing.squareM2[first:][:len(ys)], t.TerrainM[first:][:len(ys)]
	for i := range ys {
		ys[i] = hs[i] - squares[i]*fold
	}
}

// aboveChords lists which of the first n points of ys, of which a given sample is the
// first, stand above the chords of their neighbours and from end to end, and returns how
// many do. The sample before the first stands at beforeY; the last is left out.
func (t *track) aboveChords(first, n int, beforeY float64) int {
	last := n - 1
	beforeX := t.Spacing.distanceM[first-1]
	xs := t.Spacing.distanceM[first : first+n]
	ys, listed := &t.ys, &t.listed
	slope := (ys[last&(batch-1)] - beforeY) / (xs[last] - beforeX)
	level := beforeY - slope*beforeX
	x, y := xs[0], ys[0]
	dx, dy := x-beforeX, y-beforeY
	k := 0
	for i, nextX := range xs[1:] {
		nextY := ys[(i+1)&(batch-1)]
		nextDx, nextDy := nextX-x, nextY-y
		listed[k&(batch-1)] = int32(i) // written over if the point does not stay
		var neighbours, ends int
		if dy*nextDx > nextDy*dx {
			neighbours = 1
		}
		if y > level+slope*x {
			ends = 1
		}
		k += neighbours & ends
		x, y, dx, dy = nextX, nextY, nextDx, nextDy
	}
	return k
}

// extendAlong takes in the samples that another skyline of the same heights has,
// but looks only at those that are among the other's vertices. The other is folded
// and this one is not: curving the plane down keeps every point that stands above a
// chord above it, so no vertex of this hull is missing there.
func (s *skyline) extendAlong(other *skyline, path *track, txM float64) {
	v := other.vertices
	first := len(v)
	for first > 0 && v[first-1].sample >= s.next {
		first--
	}
	for _, at := range v[first:] {
		s.take(at.sample, at.x, path.TerrainM[at.sample], txM)
	}
	s.next = other.next
}

func (s *skyline) take(i int, x, y, txM float64) {
	if y-txM > s.txSlope*x {
		s.txSlope, s.txSample = (y-txM)*(1/x), i
	}
	s.vertices = push(s.vertices, vertex{x, y, i})
}

// height is a sample's in the folded plane.
func (s *skyline) height(i int, path *track) float64 {
	x := path.Spacing.distanceM[i]
	y := path.TerrainM[i] - x*x*s.fold
	if s.cluttered {
		y += path.clutterAt(i)
	}
	return y
}

// nu is ν·√λ as [view.nu] has it, of the samples taken in and of those after them,
// which lie in the receiver's clearing and count without clutter. Where it gives no
// loss at a root wavelength of noLossRoot or less, it may be any value that does not.
func (s *skyline) nu(t terminals, path *track, radiusM, noLossRoot float64) float64 {
	d := t.lengthM
	direct := t.directSlope(radiusM)
	foldedRx := t.rxM - d*d*s.fold
	v := view{txSlope: s.txSlope, rxSlope: negInf, clearance: posInf}
	for i := s.next; i < path.samples-1; i++ {
		x := path.Spacing.distanceM[i]
		v.see(i, path.TerrainM[i]-x*x*s.fold, t.txM, foldedRx, x, direct, 1/x, 1/(d-x))
	}
	if v.lineOfSight(t, radiusM) {
		// ν = −√(2d·clearance/λ) ≤ −0.78 gives no loss; 0.79 keeps clear of the step.
		noLoss := 0.79 * noLossRoot
		v.clearance, _ = s.nearest(t, path, direct, min(v.clearance, noLoss*noLoss/(2*d)))
	} else {
		slope, _ := s.steepest(d, foldedRx)
		v.rxSlope = max(v.rxSlope, slope)
	}
	return v.nu(t, radiusM)
}

// nearest finds the smallest c²/(x(d−x)) of the samples taken in, with c the height
// of the direct ray over the sample, and the sample; or known and 0 when none is
// smaller. The ray must pass above all of them.
//
// Along the hull c is convex, and √(x(d−x)) is concave. Their ratio falls to one
// minimum and then rises. So bisection finds the smallest at a vertex, and only the
// two segments beside that vertex can be nearer to the ray somewhere else. Samples
// between vertices lie under their segment.
func (s *skyline) nearest(t terminals, path *track, direct, known float64) (clearance float64, sample int) {
	v, d := s.vertices, t.lengthM
	if len(v) == 0 {
		return known, 0
	}
	above := func(x, y float64) float64 {
		c := t.txM + direct*x - y
		return c * c * (1 / x) * (1 / (d - x))
	}
	lo, hi := 0, len(v)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if above(v[mid+1].x, v[mid+1].y) < above(v[mid].x, v[mid].y) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	clearance = known
	if q := above(v[lo].x, v[lo].y); q < clearance {
		clearance, sample = q, v[lo].sample
	}
	for i := max(lo, 1); i <= min(lo+1, len(v)-1); i++ {
		a, b := &v[i-1], &v[i]
		if b.sample == a.sample+1 {
			continue
		}
		c := max(min(t.txM+direct*a.x-a.y, t.txM+direct*b.x-b.y), 0)
		middle := min(max(d/2, a.x), b.x)
		if c*c >= clearance*middle*(d-middle) {
			continue
		}
		for k := a.sample + 1; k < b.sample; k++ {
			if q := above(path.Spacing.distanceM[k], s.height(k, path)); q < clearance {
				clearance, sample = q, k
			}
		}
	}
	return clearance, sample
}

// ridge is the highest obstruction before a receiver of a skyline without fold. Its
// height and its angle from the receiver are only looked for when something reaches
// above the straight line.
func (s *skyline) ridge(t terminals) ridge {
	flat := (t.rxM - t.txM) / t.lengthM
	if s.txSlope <= flat {
		return ridge{heightM: 0}
	}
	slope, _ := s.steepest(t.lengthM, t.rxM)
	return ridge{
		heightM: s.highest(flat) - t.txM,
		txSlope: s.txSlope - flat,
		rxSlope: slope + flat,
	}
}

// hull is the upper convex hull of points that arrive from left to right, kept as
// a stack: slopes fall from each vertex to the next. A receiver to the right of
// every point sees only hull points as its horizon.
type hull struct {
	vertices []vertex
}

type vertex struct {
	x, y   float64
	sample int // number of the sample it is
}

func (h *hull) reset() { h.vertices = h.vertices[:0] }

// push adds a point to the right of all others.
func push(v []vertex, p vertex) []vertex {
	for len(v) >= 2 {
		a, b := &v[len(v)-2], &v[len(v)-1]
		// b stays only above the chord from a to the new point.
		if (b.y-a.y)*(p.x-a.x) > (p.y-a.y)*(b.x-a.x) {
			break
		}
		v = v[:len(v)-1]
	}
	return append(v, p)
}

// steepest gives the largest slope (yᵢ−y)/(x−xᵢ) at which a point is seen from
// (x, y), which lies to the right of all points, and that point's sample; -Inf and
// 0 without points. Along a concave chain that slope rises and then falls, hence
// the bisection.
func (h *hull) steepest(x, y float64) (slope float64, sample int) {
	v := h.vertices
	if len(v) == 0 {
		return negInf, 0
	}
	lo, hi := 0, len(v)-1
	for lo < hi {
		mid := (lo + hi) / 2
		a, b := &v[mid], &v[mid+1]
		if (a.y-y)*(x-b.x) < (b.y-y)*(x-a.x) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return (v[lo].y - y) * (1 / (x - v[lo].x)), v[lo].sample
}

// highest gives the largest height of a point above the line through the origin
// with this slope, and -Inf without points.
func (h *hull) highest(slope float64) float64 {
	v := h.vertices
	if len(v) == 0 {
		return negInf
	}
	lo, hi := 0, len(v)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if v[mid+1].y-v[mid].y > slope*(v[mid+1].x-v[mid].x) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return v[lo].y - slope*v[lo].x
}
