package sample

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

// How operators build. expectedGapShare steers the number of gaps most directly:
// building for coverage ends when no more villages are left without service, and
// what is built after that only adds capacity.
//
// In between lies the network of an earlier date: it is what stood when the gaps
// had come down to earlierGapShare. What was built for coverage after that, and
// some of what adds capacity, came on air later.
const (
	expectedGapShare    = 0.074
	earlierGapShare     = 0.288
	laterCapacity       = 0.12 // of the masts built for capacity
	roadSpacingKm       = 3.4  // between masts along a road
	seatMasts           = 3    // at a commune's seat, at most
	stationsAMast       = 1.45 // operators on a mast, on average
	withoutLTE          = 0.02 // masts with GSM and UMTS alone, in villages left without service
	lowBandShare        = 0.4  // of the masts built for coverage
	ownPlatform         = 0.25 // chance that who joins a mast hangs lower than its first operator
	apartLeastKm        = 0.15 // between masts
	hilltopKm           = 0.45 // a rural mast stands on the highest point so near
	coverageTries       = 14
	capacityTries       = 60    // for each mast still missing
	offGridWorth        = 0.25  // of service where there is no grid power, against elsewhere: the sun is dear
	declaredServedWrong = 0.03  // share of gaps that are declared served
	declaredGapWrong    = 0.002 // share of served villages that are declared weak
	declaredKindWrong   = 0.10  // share of gaps declared weak for none or none for weak
)

// operator is one of the invented networks.
type operator struct {
	name, short string
	share       float64
	older       bool    // with GSM and UMTS
	lteWideMHz  float64 // at 1800 MHz
	low         bool    // with LTE at 900 MHz
	nr          string  // band, "" for none
	nrMHz       float64
}

var operators = []operator{
	{"NhaMang A", "A", 0.42, true, 20, true, "n41", 2593},
	{"NhaMang B", "B", 0.31, true, 20, true, "n78", 3550},
	{"NhaMang C", "C", 0.20, true, 20, true, "", 0},
	{"NhaMang D", "D", 0.07, false, 15, false, "", 0},
}

// Frequencies are the centres of the downlink bands (3GPP TS 36.101, table 5.5-1:
// bands 8, 3 and 1), as registers of base stations often give them.
const (
	lowBandMHz  = 942.5
	highBandMHz = 1842.5
	umtsMHz     = 2140
)

// Beamwidths of the antennas.
const (
	beamHDeg     = 65.0
	lowBeamVDeg  = 10.0 // at 900 MHz
	highBeamVDeg = 7.0
)

// fits says whether the operator can be the first on a mast: one with GSM and UMTS
// alone, or one for coverage with LTE at 900 MHz.
func (op *operator) fits(m *mast) bool {
	return (m.lte || op.older) && (!m.low || op.low)
}

// mast is a place with the stations of one or more operators.
type mast struct {
	at         orb.Point
	antennaM   float64
	structureM float64
	kind       string
	village    int  // the one it was built for
	later      bool // not in the earlier network
	urban      bool
	lte        bool
	low        bool // with LTE at 900 MHz
	power      string
	backhaul   string
	turnDeg    float64 // azimuth of the first of three sectors
	tiltDeg    float64
	operators  []int // in the order they came
}

// network is the state of building.
type network struct {
	*settlement
	plan      *plan
	rnd       random
	reception *reception
	earlier   *reception // of the earlier network; nil until it has come so far
	dates     random     // of what came on air when
	masts     []mast
	square    map[[2]int][]int // masts by square kilometre
	weight    []float64        // per village: people
}

func build(ctx context.Context, pl *plan, people *settlement, seed uint64, p *Province) error {
	n := &network{
		settlement: people, plan: pl, rnd: newRandom(seed, streamStations), dates: newRandom(seed, streamDates), reception: newReception(people),
		square: map[[2]int][]int{}, weight: make([]float64, len(people.villages)),
	}
	for v := range people.villages {
		n.weight[v] = people.villages[v].Population
	}
	for _, step := range []func(){n.buildTown, n.buildSeats, n.buildRoadside, n.buildCoverage, n.reachEarlier, n.buildOlder, n.buildCapacity, n.share} {
		step()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	p.Sites = n.sites()
	n.declare(seed, p)
	return nil
}

// full says whether all masts are built.
func (n *network) full() bool { return len(n.masts) >= n.plan.masts }

// nearest gives the closest mast within limitKm for which ok holds, -1 for none.
func (n *network) nearest(p orb.Point, limitKm float64, ok func(m *mast) bool) int {
	x, y := km(p)
	best, bestKm := -1, limitKm
	reach := int(limitKm) + 1
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			for _, m := range n.square[[2]int{int(x) + dx, int(y) + dy}] {
				if d := apartKm(p, n.masts[m].at); d < bestKm && ok(&n.masts[m]) {
					best, bestKm = m, d
				}
			}
		}
	}
	return best
}

// anyMast is for nearest.
func anyMast(*mast) bool { return true }

// operator draws an operator by its share.
func (n *network) operator() int {
	weights := make([]float64, len(operators))
	for o := range operators {
		weights[o] = operators[o].share
	}
	return n.rnd.pick(weights)
}

// raise builds a mast with its first station and enters what it serves.
func (n *network) raise(m mast) {
	x, y := km(m.at)
	q := [2]int{int(x), int(y)}
	n.square[q] = append(n.square[q], len(n.masts))
	op := n.operator()
	if !operators[op].fits(&m) {
		op = 0
	}
	m.operators = []int{op}
	n.masts = append(n.masts, m)
	if m.lte {
		n.reception.serve(&m)
		if n.earlier != nil && !m.later {
			n.earlier.serve(&m)
		}
	}
}

// around draws a point within radiusKm of a place.
func (n *network) around(p orb.Point, radiusKm float64) orb.Point {
	for {
		x, y := n.rnd.between(-1, 1), n.rnd.between(-1, 1)
		if x*x+y*y <= 1 {
			return orb.Point{p[0] + x*radiusKm/kmPerDegreeLon, p[1] + y*radiusKm/kmPerDegreeLat}
		}
	}
}

// hilltop gives the highest of the survey's samples within radiusKm.
func (n *network) hilltop(p orb.Point, radiusKm float64) orb.Point {
	s := n.land.survey
	dx, dy := s.stepKm()
	best, bestM := p, s.metres(p)
	for y := -radiusKm; y <= radiusKm; y += dy {
		for x := -radiusKm; x <= radiusKm; x += dx {
			if x*x+y*y > radiusKm*radiusKm {
				continue
			}
			q := orb.Point{p[0] + x/kmPerDegreeLon, p[1] + y/kmPerDegreeLat}
			if z := s.metres(q); z > bestM {
				best, bestM = q, z
			}
		}
	}
	return best
}

// inside says whether a point lies in the province.
func (n *network) inside(p orb.Point) bool {
	k := n.at(p)
	return k >= 0 && n.communeAt[k] != outside
}

// free says whether a mast may stand at p.
func (n *network) free(p orb.Point) bool {
	return n.inside(p) && n.nearest(p, apartLeastKm, anyMast) < 0
}

// rural describes a tower in the country for a village.
func (n *network) rural(p orb.Point, village int) mast {
	h := math.Round(n.rnd.between(28, 46))
	m := mast{
		at: rounded(p), antennaM: h, structureM: h + math.Round(n.rnd.between(1, 4)), kind: "lattice",
		village: village, lte: true, power: "grid", backhaul: "microwave",
	}
	if h < 34 && n.rnd.chance(0.5) {
		m.kind = "guyed"
	}
	road := float64(n.roadKm[n.at(p)])
	if n.rnd.chance(1.15 - 0.3*road) {
		m.backhaul = "fibre"
	}
	if n.villages[village].GridPower == data.No || road > 5 && n.rnd.chance(0.3) {
		m.power = "solar"
	}
	n.aim(&m)
	return m
}

// crowd draws a village by people among those for which ok holds.
func (n *network) crowd(ok func(v int) bool) int {
	weights := make([]float64, len(n.weight))
	for v, w := range n.weight {
		if ok(v) {
			weights[v] = w
		}
	}
	return n.rnd.pick(weights)
}

// buildTown fills the wards: roofs and poles, where the people are.
func (n *network) buildTown() {
	masts := int(n.plan.urbanMasts * float64(n.plan.masts))
	for tries := 0; len(n.masts) < masts && tries < 40*masts; tries++ {
		n.raiseUrban(n.crowd(func(v int) bool { return n.ward[v] }))
	}
}

// raiseUrban builds a mast for a ward's village, unless there is no room.
func (n *network) raiseUrban(v int) {
	cells := n.habitable[v]
	p := n.around(n.point(cells[n.rnd.intn(len(cells))]), 0.09)
	if !n.free(p) {
		return
	}
	h := math.Round(n.rnd.between(18, 32))
	m := mast{
		at: rounded(p), antennaM: h, structureM: h + 2, kind: "rooftop", village: v,
		urban: true, lte: true, power: "grid", backhaul: "fibre",
	}
	if n.rnd.chance(0.35) {
		m.kind = "monopole"
	}
	n.aim(&m)
	n.raise(m)
}

// buildSeats gives every other commune's seat its masts: on the near hill, then
// down in the village.
func (n *network) buildSeats() {
	for c := n.plan.wards; c < n.plan.communes; c++ {
		v := slices.IndexFunc(n.villages, func(v data.Village) bool { return v.CommuneCode == n.communes[c].Code })
		centre := *n.villages[v].Center
		for k := range max(1, min(seatMasts, n.plan.masts/n.plan.communes/6)) {
			if n.full() {
				return
			}
			p := n.around(centre, 0.7)
			if k == 0 {
				p = n.hilltop(centre, hilltopKm)
			}
			if n.free(p) {
				n.raise(n.rural(p, v))
			}
		}
	}
}

// villageNear gives the village whose centre is closest to p.
func (n *network) villageNear(p orb.Point) int {
	best, bestKm := 0, math.Inf(1)
	for v := range n.villages {
		if d := apartKm(*n.villages[v].Center, p); d < bestKm {
			best, bestKm = v, d
		}
	}
	return best
}

// buildRoadside puts masts along the roads on hills beside them, to two thirds of
// the masts at most.
func (n *network) buildRoadside() {
	for _, cell := range n.roads {
		if len(n.masts) >= n.plan.masts*2/3 {
			return
		}
		p := n.point(cell)
		if n.nearest(p, roadSpacingKm, anyMast) >= 0 {
			continue
		}
		p = n.hilltop(p, hilltopKm)
		if !n.free(p) {
			continue
		}
		m := n.rural(p, n.villageNear(p))
		m.backhaul = "fibre"
		n.raise(m)
	}
}

// countGaps counts the villages without service.
func (n *network) countGaps() (gaps int) {
	for v := range n.villages {
		if n.reception.class(v, usableDBm) != data.Served {
			gaps++
		}
	}
	return gaps
}

// worth is what service for a village is worth to an operator.
func (n *network) worth(v int) float64 {
	if n.villages[v].GridPower == data.No {
		return offGridWorth * n.weight[v]
	}
	return n.weight[v]
}

// buildCoverage builds for villages without service, those with many people first,
// until few enough are left.
func (n *network) buildCoverage() {
	target := int(math.Round(expectedGapShare * float64(len(n.villages))))
	earlier := int(math.Round(earlierGapShare * float64(len(n.villages))))
	tried := make([]bool, len(n.villages))
	for gaps := n.countGaps(); gaps > target && !n.full(); {
		if gaps <= earlier {
			n.reachEarlier()
		}
		next := -1
		for v := range n.villages {
			if !tried[v] && n.reception.class(v, usableDBm) != data.Served && (next < 0 || n.worth(v) > n.worth(next)) {
				next = v
			}
		}
		if next < 0 {
			return
		}
		tried[next] = true
		var best mast
		bestWorth, bestGains := 0.0, 0
		for k := range coverageTries {
			radius := 0.6 + 3.0*float64(k)/coverageTries
			p := n.hilltop(n.around(*n.villages[next].Center, radius), hilltopKm)
			if !n.free(p) {
				continue
			}
			m := n.rural(p, next)
			m.low = n.rnd.chance(lowBandShare)
			gains := n.reception.gains(&m)
			worth := 0.0
			for _, v := range gains {
				worth += n.worth(v)
			}
			// Building up a mountain is dear.
			worth /= 1 + 0.3*float64(n.roadKm[n.at(p)])
			if worth > bestWorth {
				best, bestWorth, bestGains = m, worth, len(gains)
			}
		}
		if bestWorth > 0 {
			best.later = n.earlier != nil
			n.raise(best)
			gaps -= bestGains
		}
	}
}

// reachEarlier takes the network as it stands for the earlier one, unless building
// for coverage has come that far.
func (n *network) reachEarlier() {
	if n.earlier == nil {
		n.earlier = n.reception.clone()
	}
}

// buildOlder puts masts with GSM and UMTS alone into some of the villages left:
// operators have not come back with LTE.
func (n *network) buildOlder() {
	masts := int(math.Round(withoutLTE * float64(n.plan.masts)))
	for tries := 0; masts > 0 && !n.full() && tries < 40*n.plan.masts; tries++ {
		v := n.crowd(func(v int) bool { return n.reception.class(v, usableDBm) != data.Served })
		p := n.hilltop(n.around(*n.villages[v].Center, 0.5), hilltopKm/2)
		if !n.free(p) || n.nearest(p, roadSpacingKm/2, func(m *mast) bool { return !m.lte }) >= 0 {
			continue
		}
		m := n.rural(p, v)
		m.lte = false
		n.raise(m)
		masts--
	}
}

// buildCapacity adds the remaining masts where people already have service, and
// nowhere they would bring it to a gap, but when there is hardly room.
func (n *network) buildCapacity() {
	served := make([]bool, len(n.villages))
	for v := range served {
		served[v] = n.reception.class(v, usableDBm) == data.Served
	}
	for tries := capacityTries * (n.plan.masts - len(n.masts)); !n.full(); tries-- {
		v := n.crowd(func(v int) bool { return served[v] })
		if n.ward[v] {
			n.raiseUrban(v)
			continue
		}
		m := n.rural(n.around(*n.villages[v].Center, 0.8), v)
		m.later = n.dates.chance(laterCapacity)
		if n.free(m.at) && (tries < 0 || len(n.reception.gains(&m)) == 0) {
			n.raise(m)
		}
	}
}

// share lets operators join the masts of others where they have people to serve.
func (n *network) share() {
	everywhere := func(int) bool { return true }
	joining := int(math.Round((stationsAMast - 1) * float64(n.plan.masts)))
	for tries := 0; joining > 0 && tries < 40*n.plan.masts; tries++ {
		v, op := n.crowd(everywhere), n.operator()
		limitKm := 3.5
		if n.ward[v] {
			limitKm = 0.8
		}
		m := n.nearest(n.around(*n.villages[v].Center, 0.8), limitKm, func(m *mast) bool {
			return (m.lte || operators[op].older) && !slices.Contains(m.operators, op)
		})
		if m >= 0 {
			n.masts[m].operators = append(n.masts[m].operators, op)
			joining--
		}
	}
}

// declare writes what the communes report at both dates: mostly what the rule of
// thumb says of the network then, at times not.
func (n *network) declare(seed uint64, p *Province) {
	f := &p.Facts
	for k := range n.masts {
		f.Stations += len(n.masts[k].operators)
		if !n.masts[k].later {
			f.EarlierSites++
		}
	}
	f.ExpectedGaps, f.DeclaredMissed, f.DeclaredExcess = n.declarations(newRandom(seed, streamDeclared), n.reception, n.villages, LaterDate)
	p.EarlierVillages = slices.Clone(n.villages)
	f.EarlierExpectedGaps, _, _ = n.declarations(newRandom(seed, streamDeclared+streamDeclared<<8), n.earlier, p.EarlierVillages, EarlierDate)
	for v := range n.villages {
		noGrid, gap := n.villages[v].GridPower == data.No, n.villages[v].Declared != data.Served
		if noGrid {
			f.WithoutPower++
		}
		if gap {
			f.DeclaredGaps++
		}
		if noGrid && gap {
			f.GapsWithoutGrid++
		}
		if p.EarlierVillages[v].Declared != data.Served {
			f.EarlierDeclaredGaps++
		}
	}
}

// declarations writes into villages what is declared in the month of a date under
// the reception then, each commune on a day of its own.
func (n *network) declarations(rnd random, r *reception, villages []data.Village, date string) (gaps, missed, excess int) {
	day := map[string]int{}
	for v := range villages {
		vl := &villages[v]
		if day[vl.CommuneCode] == 0 {
			day[vl.CommuneCode] = 1 + rnd.intn(lastDay(date))
		}
		vl.DeclaredDate = fmt.Sprintf("%s-%02d", date[:len("2006-01")], day[vl.CommuneCode])
		class := r.class(v, contentDBm)
		vl.Declared = class
		switch {
		case class == data.Served:
			if rnd.chance(declaredGapWrong) {
				vl.Declared = data.Weak
				excess++
			}
		case rnd.chance(declaredServedWrong):
			vl.Declared = data.Served
			missed++
		case rnd.chance(declaredKindWrong):
			vl.Declared = data.Weak
			if class == data.Weak {
				vl.Declared = data.None
			}
		}
		if class != data.Served {
			gaps++
		}
	}
	return gaps, missed, excess
}

// sites turns the masts into records.
func (n *network) sites() []data.Site {
	number := map[string]int{} // masts of a commune
	out := make([]data.Site, len(n.masts))
	for k := range n.masts {
		m := &n.masts[k]
		v := &n.villages[m.village]
		number[v.CommuneCode]++
		s := &out[k]
		*s = data.Site{
			ID:       fmt.Sprintf("T%04d", k+1),
			Name:     fmt.Sprintf("%s %d", strings.TrimPrefix(strings.TrimPrefix(v.Commune, "Xã "), "Phường "), number[v.CommuneCode]),
			Position: m.at, Owner: operators[m.operators[0]].name, StructureType: m.kind, StructureHeightM: m.structureM,
			PowerSource: m.power, Backhaul: m.backhaul,
		}
		if len(m.operators) > 2 {
			s.Owner = "TruPhat M" // a company that builds masts and lets them
		}
		n.stations(s, m)
		s.Rows = len(s.Sectors)
	}
	return out
}

// carrier is what a station transmits on.
type carrier struct {
	technology data.Technology
	name       string
	mhz, wide  float64
	powerDBm   float64
	gainDBi    float64
	beamVDeg   float64
	lossesDB   float64
	ports      int
	year       int // on air at the earliest
}

// carriers chooses what an operator runs on a mast since a year.
func (n *network) carriers(op *operator, m *mast, year int) []carrier {
	var out []carrier
	if op.older && (year < 2016 || !m.lte || n.rnd.chance(0.5)) {
		out = append(out, carrier{data.GSM, "900", lowBandMHz, 0.2, 43, 15.5, lowBeamVDeg, 3, 1, 0})
	}
	if op.older && (year < 2014 && n.rnd.chance(0.8) || !m.lte) {
		out = append(out, carrier{data.UMTS, "2100", umtsMHz, 5, 43, 17.5, highBeamVDeg, 2, 1, 2010})
	}
	if m.lte {
		out = append(out, carrier{data.LTE, "1800", highBandMHz, op.lteWideMHz, 46, 17, highBeamVDeg, 1, 2, 2017})
		if m.low && op.low {
			out = append(out, carrier{data.LTE, "900", lowBandMHz, 10, 46, 15.5, lowBeamVDeg, 1, 2, 2021})
		}
	}
	if m.urban && op.nr != "" && n.rnd.chance(0.16) {
		out = append(out, carrier{data.NR, op.nr, op.nrMHz, 100, 43, 24, highBeamVDeg, 0, 4, 2025})
	}
	return out
}

// start draws when a mast comes on air: those of the earlier network before its
// date, the others between the two.
func (n *network) start(m *mast) month {
	switch {
	case m.later:
		return n.dates.month(monthOf(EarlierDate)+1, monthOf(LaterDate))
	case m.low:
		return n.dates.month(yearMonth(2019, 1), yearMonth(2021, 12))
	}
	return n.dates.month(yearMonth(2008, 1), yearMonth(2019, 12))
}

// join draws when a further operator comes on a mast that is on air since first.
func (n *network) join(m *mast, first month) month {
	last := yearMonth(2021, 12)
	if m.later {
		last = monthOf(LaterDate)
	}
	return n.dates.month(first, last)
}

// stations adds the sectors of each operator on a mast.
func (n *network) stations(s *data.Site, m *mast) {
	first := n.start(m)
	for k, o := range m.operators {
		op := &operators[o]
		antennaM := m.antennaM
		if k > 0 && n.rnd.chance(ownPlatform) {
			antennaM = max(12, antennaM-3-float64(n.rnd.intn(4)))
		}
		since := first
		if k > 0 {
			since = n.join(m, first)
		}
		year := since.year()
		electrical := min(m.tiltDeg, 8)
		for _, c := range n.carriers(op, m, year) {
			for sector := range 3 {
				s.Sectors = append(s.Sectors, data.Sector{
					ID: fmt.Sprintf("%s-%s-%s%s-%d", s.ID, op.short, c.technology, c.name, sector+1), SiteID: s.ID,
					Operator: op.name, Technology: c.technology, Carrier: c.name,
					FrequencyMHz: c.mhz, BandwidthMHz: c.wide,
					AntennaHeightM: antennaM, AzimuthDeg: m.turnDeg + 120*float64(sector),
					ElectricalTiltDeg: electrical, MechanicalTiltDeg: m.tiltDeg - electrical,
					BeamwidthHDeg: beamHDeg, BeamwidthVDeg: c.beamVDeg, GainDBi: c.gainDBi,
					PowerDBm: c.powerDBm, LossesDB: c.lossesDB, EIRPDBm: c.powerDBm + c.gainDBi - c.lossesDB,
					Ports: c.ports, Status: data.StatusOnAir, OnAirDate: min(since.in(c.year), monthOf(LaterDate)).String(),
				})
			}
		}
	}
}

// Antennas are aimed at the people within aimKm.
const (
	aimKm       = 5.0
	aimStepDeg  = 10
	carelessAim = 0.2 // share of masts left at 0, 120 and 240 degrees
)

// aim turns and tilts the three sectors of a mast toward the people around.
func (n *network) aim(m *mast) {
	type target struct{ azimuth, people float64 }
	var around []target
	ground := n.land.survey
	top := ground.metres(m.at) + m.antennaM
	sum, weights := 0.0, 0.0
	for v := range n.villages {
		c := *n.villages[v].Center
		d := apartKm(m.at, c)
		if d > aimKm {
			continue
		}
		w := n.weight[v] / (0.3 + d)
		around = append(around, target{bearingDeg(m.at, c), w})
		if d > 0.3 {
			sum += w * math.Atan((top-ground.metres(c))/(1000*d))
			weights += w
		}
	}
	m.tiltDeg = 3
	if weights > 0 {
		m.tiltDeg = min(12, max(0, math.Round(sum/weights*180/math.Pi)))
	}
	if m.urban {
		m.tiltDeg = max(m.tiltDeg, 4)
	}
	if !n.rnd.chance(carelessAim) {
		best := math.Inf(-1)
		for a := 0; a < 120; a += aimStepDeg {
			worth := 0.0
			for _, t := range around {
				off := math.Mod(t.azimuth-float64(a)+360, 120) // from the beam on its left
				off = min(off, 120-off)
				worth -= t.people * off * off
			}
			if worth > best {
				best, m.turnDeg = worth, float64(a)
			}
		}
	}
}

// bearingDeg is the azimuth from a to b, clockwise from north.
func bearingDeg(a, b orb.Point) float64 {
	d := math.Atan2((b[0]-a[0])*kmPerDegreeLon, (b[1]-a[1])*kmPerDegreeLat) * 180 / math.Pi
	return math.Mod(d+360, 360)
}
