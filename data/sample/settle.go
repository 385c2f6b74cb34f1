package sample

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

// How people spread. Populations are relative until they are scaled to the
// province's.
const (
	villageSpacingKm   = 0.72 // least distance of two settlement centres
	remoteShare        = 0.15 // of a commune's hamlets, behind the ridges and high up
	wardVillages       = 24   // hamlets (residential groups) of a ward
	wardRadiusKm       = 2.4  // within which most of them lie
	leastVillages      = 7    // of a commune
	smallestKm2        = 0.36
	largestKm2         = 5.2
	personsPerHome     = 4.3
	centreLift         = 2.6   // a commune's seat has so many times the people of a hamlet
	leastPeople        = 38    // of a hamlet
	steepestHome       = 0.42  // slope (tangent) at a settlement's centre
	gentleSlope        = 0.268 // 15°: people live here
	steepestField      = 0.75  // and on its land, but for the nearest
	fieldWander        = 0.45  // unevenness of the land's outline
	unpoweredShare     = 0.036 // of all hamlets
	electrificationEnd = 2030
)

// settlement is who lives where.
type settlement struct {
	raster               // window of the base raster that holds the province
	land      *landscape // the ground below it
	province  data.Area
	communes  []data.Area
	villages  []data.Village
	ward      []bool    // per village: of the main town
	remote    []float64 // per village: kilometres from the road, plus 1 for every 250 m of height above it
	habitable [][]int   // per village: cells where people live, the centre first
	roads     []int     // cells of the main roads, in the order they are built
	mainRoads []path    // the same as lines
	seats     []int     // per commune: cell of its centre
	roadKm    []float32 // per cell: distance to the nearest main road
	communeAt []int32   // per cell

	villageRoads, powerLines []path
}

// baseCell gives the base raster's index of a cell.
func (s *settlement) baseCell(k int) int {
	i := (s.westSec-s.land.base.westSec)/baseSec + k%s.w
	j := (s.land.base.northSec-s.northSec)/baseSec + k/s.w
	return j*s.land.base.w + i
}

func settle(ctx context.Context, pl *plan, land *landscape, seed uint64) (*settlement, error) {
	const margin = 5 // cells around the bounds, so that the outline closes
	b := pl.boundSec
	s := &settlement{land: land}
	s.raster = raster{
		b[0]/baseSec*baseSec - margin*baseSec, b[3]/baseSec*baseSec + margin*baseSec, baseSec,
		(b[2]-b[0])/baseSec + 2*margin + 1, (b[3]-b[1])/baseSec + 2*margin + 1,
	}
	ground := make([]float64, s.w*s.h) // slope
	if err := eachRow(ctx, s.h, func(j int) {
		for i := range s.w {
			k := j*s.w + i
			ground[k] = land.survey.slope(s.point(k))
		}
	}); err != nil {
		return nil, err
	}

	inside := s.outline(pl, seed)
	commune := s.divide(pl, seed, inside, ground)
	s.communeAt = commune
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	plots := s.place(pl, seed, commune, ground)
	village := s.fields(pl, seed, plots, commune, ground)
	s.draw(pl, plots, commune, village)
	s.name(pl, seed, plots)
	s.count(pl, seed, plots, village, ground)
	s.layLines(inside, ground)
	return s, ctx.Err()
}

// patchShare is the size of the patches the province is made of, as a share of it.
const patchShare = 1.0 / 220

// outline chooses the province's cells: small patches of land around valleys,
// bounded by ridges, are taken from the middle outwards until the area is right.
func (s *settlement) outline(pl *plan, seed uint64) []bool {
	rnd := newRandom(seed, streamOutline)
	wander := newNoise(seed, streamOutline)
	height := func(k int) float64 { return float64(s.land.z[s.baseCell(k)]) }

	// One patch to a square, around the lowest of a few places in it.
	dx, dy := s.stepKm()
	side := math.Sqrt(pl.areaKm2 * patchShare)
	w, h := max(1, int(side/dx)), max(1, int(side/dy))
	var seeds []int
	for j := 0; j+h <= s.h; j += h {
		for i := 0; i+w <= s.w; i += w {
			lowest := -1
			for range 8 {
				k := (j+rnd.intn(h))*s.w + i + rnd.intn(w)
				if lowest < 0 || height(k) < height(lowest) {
					lowest = k
				}
			}
			seeds = append(seeds, lowest)
		}
	}
	_, patch, _ := s.grow(seeds, func(k int) float64 {
		return 1.2 - float64(s.land.floor[s.baseCell(k)]) + height(k)/300
	})
	area := make([]float64, len(seeds))
	open := make([]bool, len(seeds)) // reaches out of the bounds
	for k, p := range patch {
		area[p] += s.cellKm2(k / s.w)
		open[p] = open[p] || !s.land.inBounds(s.baseCell(k))
	}

	middleX, middleY := km(orb.Point{
		float64(pl.boundSec[0]+pl.boundSec[2]) / 7200,
		float64(pl.boundSec[1]+pl.boundSec[3]) / 7200,
	})
	away := make([]float64, len(seeds))
	for p, k := range seeds {
		x, y := km(s.point(k))
		dx, dy := x-middleX, (y-middleY)*pl.elongation
		lobes := 1 + 0.42*wander.sum(x/pl.boundaryWanderKm, y/pl.boundaryWanderKm, 3)
		away[p] = math.Sqrt(dx*dx+dy*dy) * max(0.3, lobes)
	}
	// Each patch taken touches one taken before, so that the province is one piece.
	touching := make(map[[2]int32]bool)
	for k, p := range patch {
		s.edges(k, func(to int) {
			if patch[to] != p {
				touching[[2]int32{p, patch[to]}] = true
			}
		})
	}
	var order []int
	reached := make([]bool, len(seeds))
	for {
		next := -1
		for p := range seeds {
			if !open[p] && !slices.Contains(order, p) && (reached[p] || len(order) == 0) && (next < 0 || away[p] < away[next]) {
				next = p
			}
		}
		if next < 0 {
			break
		}
		order = append(order, next)
		for p := range seeds {
			reached[p] = reached[p] || touching[[2]int32{int32(next), int32(p)}]
		}
	}
	taken, total := 0, 0.0
	for taken < len(order) && total < pl.areaKm2 {
		total += area[order[taken]]
		taken++
	}
	// Closing enclaves and smoothing change the area: look for the number of patches
	// that is nearest with both done.
	var inside []bool
	best := math.Inf(1)
	for tried := map[int]bool{}; !tried[taken]; {
		tried[taken] = true
		chosen := make([]bool, len(seeds))
		for _, p := range order[:taken] {
			chosen[p] = true
		}
		cells := s.closed(patch, chosen)
		excess := s.areaKm2(cells) - pl.areaKm2
		if math.Abs(excess) < best {
			inside, best = cells, math.Abs(excess)
		}
		by := int(math.Round(excess / (pl.areaKm2 * patchShare)))
		if by == 0 {
			by = cmp.Compare(excess, 0)
		}
		taken = min(len(order), max(1, taken-by))
	}
	return inside
}

// closed gives the cells of the chosen patches as one area without enclaves, smoothed
// and free of pinches.
func (s *settlement) closed(patch []int32, chosen []bool) []bool {
	labels := make([]int32, len(patch))
	for k, p := range patch {
		if !chosen[p] {
			labels[k] = outside
		}
	}
	labels = s.majority(labels, 2)
	for s.pinches(labels, func(a, d, b, c int) { labels[a], labels[d], labels[b], labels[c] = 0, 0, 0, 0 }) {
	}
	part, size := s.parts(labels)
	around := part[0]
	main := int32(-1)
	for k, l := range labels {
		if p := part[k]; l == 0 && (main < 0 || size[p] > size[main]) {
			main = p
		}
	}
	inside := make([]bool, len(patch))
	for k, l := range labels {
		inside[k] = part[k] == main || l == outside && part[k] != around
	}
	return inside
}

// areaKm2 is the area of the marked cells.
func (s *settlement) areaKm2(inside []bool) float64 {
	total := 0.0
	for j := range s.h {
		n := 0
		for _, in := range inside[j*s.w : (j+1)*s.w] {
			if in {
				n++
			}
		}
		total += float64(n) * s.cellKm2(j)
	}
	return total
}

// majority gives every cell the label most frequent among itself and its eight
// neighbours, its own where none has five.
func (s *settlement) majority(labels []int32, passes int) []int32 {
	for range passes {
		out := slices.Clone(labels)
		for j := 1; j < s.h-1; j++ {
			for i := 1; i < s.w-1; i++ {
				k := j*s.w + i
				for _, nb := range neighbours {
					other := labels[k+nb[1]*s.w+nb[0]]
					if other == labels[k] {
						continue
					}
					n := 0
					for _, m := range neighbours {
						if labels[k+m[1]*s.w+m[0]] == other {
							n++
						}
					}
					if n >= 5 {
						out[k] = other
						break
					}
				}
			}
		}
		labels = out
	}
	return labels
}

// divide chooses the communes' seats and draws the communes around them: every
// cell belongs to the seat that is easiest to reach, so borders follow ridges.
// The ways between neighbouring seats are the roads.
func (s *settlement) divide(pl *plan, seed uint64, inside []bool, ground []float64) []int32 {
	rnd := newRandom(seed, streamCommunes)
	s.seats = s.chooseSeats(pl, rnd, inside, ground, pl.town(seed))
	cost, source, before := s.grow(s.seats, s.toil(inside, ground))
	s.buildRoads(cost, source, before, inside)

	commune := slices.Clone(source)
	for k, in := range inside {
		if !in {
			commune[k] = outside
		}
	}
	s.tidyCommunes(commune)
	return commune
}

// toil gives what a road costs per kilometre through a cell: least along the valley floors.
func (s *settlement) toil(inside []bool, ground []float64) func(cell int) float64 {
	return func(k int) float64 {
		if !inside[k] {
			return -1
		}
		return 1 + 14*ground[k]*ground[k] + 2.5*(1-float64(s.land.floor[s.baseCell(k)]))
	}
}

// chooseSeats gives the wards' seats in the main town first, then the other
// communes' in the best valleys that are left, spaced out.
func (s *settlement) chooseSeats(pl *plan, rnd random, inside []bool, ground []float64, town orb.Point) []int {
	type place struct {
		cell  int
		worth float64
	}
	var places []place
	for k, in := range inside {
		if in && ground[k] < 0.12 {
			b := s.baseCell(k)
			worth := (0.25 + float64(s.land.floor[b])) * (0.5 + rnd.float()) *
				(1 + 0.25*min(4, math.Sqrt(float64(s.land.area[b])/50))) / (1 + float64(s.land.z[b])/900)
			places = append(places, place{k, worth})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.cell, b.cell)) })
	wardSpacing := 0.30 * math.Sqrt(pl.areaKm2/float64(pl.communes))
	near := slices.Clone(places)
	slices.SortStableFunc(near, func(a, b place) int {
		return cmp.Compare(apartKm(s.point(a.cell), town), apartKm(s.point(b.cell), town))
	})
	var seats []int
	take := func(from []place, n int, spacing float64) {
		for _, p := range from {
			if len(seats) >= n {
				return
			}
			if !slices.ContainsFunc(seats, func(t int) bool { return apartKm(s.point(p.cell), s.point(t)) < spacing }) {
				seats = append(seats, p.cell)
			}
		}
	}
	take(near, pl.wards, wardSpacing)
	for spacing := 0.86 * math.Sqrt(pl.areaKm2/float64(pl.communes)); len(seats) < pl.communes; spacing *= 0.94 {
		take(places, pl.communes, spacing)
	}
	return seats
}

// buildRoads joins the seats by the cheapest ways where their surroundings meet:
// first a tree, then the shorter half of the other links.
func (s *settlement) buildRoads(cost []float32, source, before []int32, inside []bool) {
	type link struct {
		a, b   int32 // seats
		cost   float32
		ca, cb int // the cells where they meet
	}
	best := map[[2]int32]link{}
	for k, in := range inside {
		if !in {
			continue
		}
		for _, to := range []int{k + 1, k + s.w} {
			if !inside[to] || source[to] == source[k] {
				continue
			}
			l := link{source[k], source[to], cost[k] + cost[to], k, to}
			if l.a > l.b {
				l.a, l.b, l.ca, l.cb = l.b, l.a, l.cb, l.ca
			}
			if old, ok := best[[2]int32{l.a, l.b}]; !ok || l.cost < old.cost {
				best[[2]int32{l.a, l.b}] = l
			}
		}
	}
	links := make([]link, 0, len(best))
	for _, l := range best {
		links = append(links, l)
	}
	slices.SortFunc(links, func(x, y link) int {
		return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	group := make([]int32, len(s.seats))
	for k := range group {
		group[k] = int32(k)
	}
	find := func(k int32) int32 {
		for group[k] != k {
			k = group[k]
		}
		return k
	}
	onRoad := make([]bool, len(cost))
	for n, l := range links {
		a, b := find(l.a), find(l.b)
		if a == b && n > len(links)/2 {
			continue
		}
		group[a] = b
		// From where the two ways meet, each as far as no road goes yet.
		for n, end := range []int{l.ca, l.cb} {
			p, joins := follow(before, end, onRoad)
			s.roads = append(s.roads, p...)
			if joins { // that cell is one of an earlier road
				s.roads = s.roads[:len(s.roads)-1]
			}
			if n == 1 {
				p = append(path{l.ca}, p...)
			}
			if len(p) > 1 {
				s.mainRoads = append(s.mainRoads, p)
			}
		}
	}
	_, s.roadKm = s.nearest(s.roads)
}

// tidyCommunes smooths the communes' borders and makes each one connected, with
// its seat, and free of pinches. The province's own outline stays.
func (s *settlement) tidyCommunes(commune []int32) {
	evened := s.majority(commune, 2)
	for k, c := range commune {
		if c != outside && evened[k] != outside {
			commune[k] = evened[k]
		}
	}
	for c, seat := range s.seats {
		commune[seat] = int32(c)
	}
	// Removing pinches can cut a piece off and the other way round. Both only
	// happen along borders and die out in a few rounds.
	for {
		changed := s.pinches(commune, func(a, _, b, c int) {
			if commune[b] == outside {
				b = c
			}
			commune[b] = commune[a]
		})
		part, _ := s.parts(commune)
		home := make([]int32, len(s.seats))
		for c, seat := range s.seats {
			home[c] = part[seat]
		}
		for k, c := range commune {
			if c == outside || part[k] == home[c] {
				continue
			}
			// A stray cell joins a neighbour that is at home.
			s.edges(k, func(to int) {
				if o := commune[to]; o != outside && part[to] == home[o] {
					commune[k] = o
				}
			})
			changed = true
		}
		if !changed {
			return
		}
	}
}

// plot is a settlement before it has a name.
type plot struct {
	cell    int
	commune int
	remote  bool
	seat    bool
}

// place chooses the settlements' centres, by commune.
func (s *settlement) place(pl *plan, seed uint64, commune []int32, ground []float64) []plot {
	rnd := newRandom(seed, streamVillages)
	type spot struct {
		cell int
		key  float64 // of weighted sampling: the smallest come first (Efraimidis & Spirakis 2006)
	}
	near := make([][]spot, pl.communes)
	far := make([][]spot, pl.communes)
	room := make([]float64, pl.communes)
	for k, c := range commune {
		if c == outside || s.nearBorder(commune, k) {
			continue
		}
		b := s.baseCell(k)
		floor, road := float64(s.land.floor[b]), float64(s.roadKm[k])
		if ground[k] < 0.30 {
			w := (0.06 + floor) / (1 + road*road/4) * (1 - ground[k]/0.36)
			if int(c) < pl.wards {
				d := apartKm(s.point(k), s.point(s.seats[c])) / wardRadiusKm
				w /= 1 + d*d*d*d
			}
			room[c] += w
			near[c] = append(near[c], spot{k, rnd.exponential() / w})
		}
		if ground[k] < steepestHome && floor < 0.4 {
			away := min(road/3, 2)
			w := (0.02 + away*away) * (1 - ground[k]/0.5)
			far[c] = append(far[c], spot{k, rnd.exponential() / w})
		}
	}
	wanted := s.quotas(pl, room)
	var plots []plot
	taken := map[[2]int][]orb.Point{} // centres by square kilometre
	free := func(p orb.Point) bool {
		x, y := km(p)
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				for _, q := range taken[[2]int{int(x) + dx, int(y) + dy}] {
					if apartKm(p, q) < villageSpacingKm {
						return false
					}
				}
			}
		}
		return true
	}
	settleAt := func(pt plot) {
		p := s.point(pt.cell)
		x, y := km(p)
		square := [2]int{int(x), int(y)}
		taken[square] = append(taken[square], p)
		plots = append(plots, pt)
	}
	missing := 0
	for c := range pl.communes {
		left := wanted[c] + missing
		settleAt(plot{cell: s.seats[c], commune: c, seat: true})
		left--
		for _, kind := range []struct {
			spots  []spot
			n      int
			remote bool
		}{
			{far[c], int(math.Round(remoteShare * float64(left))), true},
			{near[c], math.MaxInt, false},
			{far[c], math.MaxInt, true},
		} {
			if kind.remote && c < pl.wards && kind.n < math.MaxInt {
				continue // no far corners in town
			}
			slices.SortFunc(kind.spots, func(a, b spot) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.cell, b.cell)) })
			n := min(kind.n, left)
			for _, sp := range kind.spots {
				if n <= 0 {
					break
				}
				if free(s.point(sp.cell)) {
					settleAt(plot{cell: sp.cell, commune: c, remote: kind.remote})
					n--
					left--
				}
			}
		}
		missing = left // a full commune leaves its hamlets to the next
	}
	return plots
}

// nearBorder says whether a cell is within two cells of another commune.
func (s *settlement) nearBorder(commune []int32, k int) bool {
	i, j := k%s.w, k/s.w
	for dj := -2; dj <= 2; dj++ {
		for di := -2; di <= 2; di++ {
			if s.label(commune, i+di, j+dj) != commune[k] {
				return true
			}
		}
	}
	return false
}

// quotas divides the hamlets among the communes by the room they have.
func (s *settlement) quotas(pl *plan, room []float64) []int {
	quota := make([]int, pl.communes)
	total, left := 0.0, pl.villages
	mean := pl.villages / pl.communes
	for c := range quota {
		quota[c] = min(leastVillages, mean/2)
		if c < pl.wards {
			quota[c] = min(wardVillages, 2*mean)
		} else {
			total += math.Sqrt(room[c])
		}
		left -= quota[c]
	}
	shared, seen := 0, 0.0
	for c := pl.wards; c < pl.communes; c++ {
		seen += math.Sqrt(room[c])
		upTo := int(math.Round(float64(left) * seen / total))
		quota[c] += upTo - shared
		shared = upTo
	}
	return quota
}

// fields gives every settlement its land: it grows over the gentler ground around
// the centre, first to the smallest area, then to its own.
func (s *settlement) fields(pl *plan, seed uint64, plots []plot, commune []int32, ground []float64) []int32 {
	rnd := newRandom(seed, streamVillages+streamVillages<<8)
	village := make([]int32, len(commune)) // settlement number + 1, 0 none, outside
	for k, c := range commune {
		if c == outside {
			village[k] = outside
		}
	}
	cell := s.cellKm2(s.h / 2)
	sizes := make([]int, len(plots))
	goal := make([]int, len(plots))
	var f frontier
	for v, p := range plots {
		area := 0.5 + 1.1*rnd.exponential()
		switch {
		case p.remote:
			area *= 1.3
		case p.commune < pl.wards:
			area = 0.45 + 0.35*rnd.exponential()
		case p.seat:
			area = max(area, 1.2)
		}
		goal[v] = int(min(largestKm2, max(smallestKm2+0.05, area)) / cell)
		village[p.cell] = int32(v + 1)
		sizes[v] = 1
	}
	// Land is taken in the order of distance from the centre, more or less, and of
	// the steep ground on the way.
	wander := newNoise(seed, streamVillages)
	effort := make([]float32, len(commune)) // of the way from the centre
	enter := func(k int, v int32) {
		p := s.point(k)
		x, y := km(p)
		f.push(float64(effort[k])+apartKm(p, s.point(plots[v].cell))*(1+fieldWander*wander.sum(x/0.7, y/0.7, 2)), k)
	}
	dx, _ := s.stepKm()
	least := int(smallestKm2/cell) + 2
	for _, round := range []struct {
		steepness, steepest float64
		cells               func(v int32) int
	}{
		{3, math.Inf(1), func(v int32) int { return min(goal[v], least) }},
		{14, steepestField, func(v int32) int { return goal[v] }},
	} {
		for k, v := range village {
			if v > 0 {
				effort[k] = 0
				enter(k, v-1)
			}
		}
		for len(f) > 0 {
			_, k := f.pop()
			v := village[k] - 1
			s.edges(k, func(to int) {
				g := ground[to]
				if village[to] != 0 || commune[to] != int32(plots[v].commune) || sizes[v] >= round.cells(v) || g > round.steepest {
					return
				}
				effort[to] = effort[k] + float32(dx*round.steepness*g*g)
				village[to] = v + 1
				sizes[v]++
				enter(to, v)
			})
		}
	}
	s.tidyFields(village, plots)
	return village
}

// tidyFields makes each settlement's land one piece with its centre, without holes
// or pinches.
func (s *settlement) tidyFields(village []int32, plots []plot) {
	centre := make(map[int]bool, len(plots))
	for _, p := range plots {
		centre[p.cell] = true
	}
	for changed := true; changed; {
		changed = s.pinches(village, func(a, d, _, _ int) {
			if village[a] <= 0 {
				return // open land may pinch: it is no polygon
			}
			if centre[a] {
				a = d
			}
			village[a] = 0
		})
		if changed {
			changed = s.pinchedVillage(village)
		}
		part, size := s.parts(village)
		home := make([]int32, len(plots))
		for v, p := range plots {
			home[v] = part[p.cell]
		}
		// A piece of open land that only one settlement touches is its hole.
		rim := make([]int32, len(size))
		for k := range village {
			s.edges(k, func(to int) {
				if part[to] == part[k] {
					return
				}
				switch r := &rim[part[k]]; *r {
				case 0:
					*r = village[to]
				case village[to]:
				default:
					*r = outside
				}
			})
		}
		for k, v := range village {
			switch {
			case v > 0 && part[k] != home[v-1]:
				village[k] = 0
				changed = true
			case v == 0 && rim[part[k]] > 0:
				village[k] = rim[part[k]]
				changed = true
			}
		}
	}
}

// pinchedVillage says whether any settlement is pinched.
func (s *settlement) pinchedVillage(village []int32) bool {
	pinched := false
	s.pinches(village, func(a, _, _, _ int) { pinched = pinched || village[a] > 0 })
	return pinched
}

// draw traces province, communes and hamlets as one partition, so that their
// borders agree to the last digit.
func (s *settlement) draw(pl *plan, plots []plot, commune, village []int32) {
	faces := make([]int32, len(commune)) // settlements, then the open land of each commune
	for k, v := range village {
		switch {
		case v > 0:
			faces[k] = v - 1
		case v == 0:
			faces[k] = int32(len(plots)) + commune[k]
		default:
			faces[k] = outside
		}
	}
	t := s.trace(faces)
	communeOf := func(face int32) int32 {
		switch {
		case face == outside:
			return outside
		case int(face) < len(plots):
			return int32(plots[face].commune)
		}
		return face - int32(len(plots))
	}
	s.province.Geometry = t.polygons(1, func(face int32) int32 { return min(face, 0) })[0]
	for _, g := range t.polygons(pl.communes, communeOf) {
		s.communes = append(s.communes, data.Area{Geometry: g})
	}
	for v, g := range t.polygons(len(plots), func(face int32) int32 {
		if int(face) >= len(plots) {
			return outside
		}
		return face
	}) {
		c := rounded(s.point(plots[v].cell))
		s.villages = append(s.villages, data.Village{Geometry: g[0], Center: &c})
	}
}

// name gives names and codes. Codes are numbered in threes, as Vietnam's are.
func (s *settlement) name(pl *plan, seed uint64, plots []plot) {
	rnd := newRandom(seed, streamNames)
	s.province.Code, s.province.Name = pl.code, pl.name
	for c, name := range communeNames(rnd, pl.communes) {
		kind := "Xã "
		if c < pl.wards {
			kind = "Phường "
		}
		s.communes[c].Code, s.communes[c].Name = fmt.Sprintf("%05d", 1003+3*c), kind+name
	}
	taken := map[string]bool{}
	number, last := 0, -1
	for v, p := range plots {
		if p.commune != last {
			number, last = 0, p.commune
			clear(taken)
		}
		number++
		c, vl := &s.communes[p.commune], &s.villages[v]
		vl.ID = fmt.Sprintf("%s-%03d", c.Code, number)
		vl.CommuneCode, vl.Commune = c.Code, c.Name
		if p.commune < pl.wards {
			vl.Name = fmt.Sprintf("Tổ dân phố %d", number)
		} else {
			vl.Name = hamletName(rnd, p.remote || s.land.karst[s.baseCell(p.cell)] > 0.5, taken)
		}
	}
}

// count gives people, homes, power and the rest.
func (s *settlement) count(pl *plan, seed uint64, plots []plot, village []int32, ground []float64) {
	rnd := newRandom(seed, streamVillages+streamVillages<<16)
	raw := make([]float64, len(plots))
	town, country, rural := 0.0, 0.0, len(plots)
	s.ward = make([]bool, len(plots))
	s.remote = make([]float64, len(plots))
	s.habitable = make([][]int, len(plots))
	for v, p := range plots {
		road := float64(s.roadKm[p.cell])
		s.remote[v] = road + max(0, float64(s.land.z[s.baseCell(p.cell)])-450)/250
		s.ward[v] = p.commune < pl.wards
		s.habitable[v] = []int{p.cell}
		raw[v] = (0.35 + rnd.exponential()) / (1 + 0.22*s.remote[v])
		switch {
		case p.seat:
			raw[v] = centreLift * (0.8 + 0.4*rnd.float())
		case p.remote:
			raw[v] *= 0.55
		}
		if s.ward[v] {
			raw[v] = 0.5 + rnd.float()
			town += raw[v]
			rural--
		} else {
			country += raw[v]
		}
	}
	// People live on the gentle ground in the lower half of their land, as the
	// reader of the files will assume.
	low, high := make([]float32, len(plots)), make([]float32, len(plots))
	for v := range plots {
		low[v], high[v] = math.MaxFloat32, -math.MaxFloat32
	}
	for k, v := range village {
		if v > 0 {
			z := s.land.z[s.baseCell(k)]
			low[v-1], high[v-1] = min(low[v-1], z), max(high[v-1], z)
		}
	}
	for k, v := range village {
		if v > 0 && ground[k] < gentleSlope && k != plots[v-1].cell && s.land.z[s.baseCell(k)] <= (low[v-1]+high[v-1])/2 {
			s.habitable[v-1] = append(s.habitable[v-1], k)
		}
	}
	spare := pl.people - pl.wardPeople - leastPeople*float64(rural)
	for v := range plots {
		vl := &s.villages[v]
		people := pl.wardPeople * raw[v] / town
		if !s.ward[v] {
			people = leastPeople + spare*raw[v]/country
		}
		vl.Population = math.Round(people)
		vl.Households = math.Round(people / (personsPerHome * rnd.between(0.9, 1.12)))
	}

	// Power came along the roads: the remotest are without.
	type rank struct {
		v   int
		key float64
	}
	var ranks []rank
	for v, p := range plots {
		vl := &s.villages[v]
		vl.GridPower = data.Yes
		vl.GridPowerYear = min(2021, 1994+int(2.2*s.remote[v]+6*rnd.float()))
		// Support from the public-utility telecommunication fund is for hard places.
		vl.FundEligible = data.No
		if !s.ward[v] && s.remote[v] > 1.5+1.5*rnd.float() {
			vl.FundEligible = data.Yes
		}
		if !s.ward[v] && !p.seat {
			ranks = append(ranks, rank{v, rnd.exponential() / (s.remote[v]*s.remote[v]*s.remote[v] + 0.05)})
		}
	}
	slices.SortFunc(ranks, func(a, b rank) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.v, b.v)) })
	for _, r := range ranks[:int(math.Round(unpoweredShare*float64(len(plots))))] {
		vl := &s.villages[r.v]
		vl.GridPower, vl.GridPowerYear, vl.FundEligible = data.No, 0, data.Yes
		if rnd.chance(0.55) {
			vl.GridPowerYear = 2026 + rnd.intn(electrificationEnd-2026+1)
		}
	}
	for v, p := range plots {
		c := &s.communes[p.commune]
		c.Population += s.villages[v].Population
		c.Households += s.villages[v].Households
		s.province.Population += s.villages[v].Population
		s.province.Households += s.villages[v].Households
	}
}

// rounded gives p with the 6 decimals that are written.
func rounded(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*1e6) / 1e6, math.Round(p[1]*1e6) / 1e6}
}
