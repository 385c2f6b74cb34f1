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
const (
	expectedGapShare    = 0.115
	roadSpacingKm       = 3.4  // between stations along a road
	seatStations        = 3    // at a commune's seat, at most
	sharedMast          = 0.45 // chance that a later station joins a mast
	joinKm              = 0.02 // stations that share a mast stand so close at most
	apartLeastKm        = 0.15 // others stay so far apart
	withoutLTE          = 0.05 // older stations along the roads
	hilltopKm           = 0.45 // a rural mast stands on the highest point so near
	coverageTries       = 14
	declaredServedWrong = 0.12  // share of gaps that are declared served
	declaredGapWrong    = 0.014 // share of served villages that are declared weak
	declaredKindWrong   = 0.10  // share of gaps declared weak for none or none for weak
)

// operator is one of the invented networks.
type operator struct {
	name, short string
	share       float64
	gsmMHz      float64 // BCCH carrier; 0 for none
	umtsMHz     float64
	lteMHz      float64
	lteWideMHz  float64
	lteLowMHz   float64
	nrMHz       float64
}

var operators = []operator{
	{"NhaMang A", "A", 0.42, 936.2, 2117.4, 1815, 20, 930, 2550},
	{"NhaMang B", "B", 0.31, 948.0, 2132.4, 1835, 20, 942, 3750},
	{"NhaMang C", "C", 0.20, 959.4, 2147.4, 1855, 20, 954, 0},
	{"NhaMang D", "D", 0.07, 0, 0, 1872.5, 15, 0, 0},
}

// fits says whether the operator has what the mast was built for: an older station
// carries GSM and UMTS alone, one for coverage LTE at 900 MHz.
func (op *operator) fits(m *mast) bool {
	return (m.lte || op.gsmMHz > 0) && (!m.low || op.lteLowMHz > 0)
}

// mast is a place with stations of one or more operators.
type mast struct {
	at         orb.Point
	antennaM   float64
	structureM float64
	kind       string
	village    int // the one it was built for
	urban      bool
	lte        bool
	low        bool // with LTE at 900 MHz
	power      string
	backhaul   string
	hasOperator
}

// hasOperator marks the operators on a mast.
type hasOperator [8]bool

// network is the state of building.
type network struct {
	*settlement
	plan      *plan
	rnd       random
	reception *reception
	masts     []mast
	stations  [][]int // per operator: masts, in the order built
	total     int
	square    map[[2]int][]int // masts by square kilometre
	weight    []float64        // per village: people
	gaps      int
}

func build(ctx context.Context, pl *plan, land *landscape, people *settlement, seed uint64, p *Province) error {
	n := &network{
		settlement: people, plan: pl, rnd: newRandom(seed, streamStations), reception: newReception(people),
		stations: make([][]int, len(operators)), square: map[[2]int][]int{},
		weight: make([]float64, len(people.villages)), gaps: len(people.villages),
	}
	for v := range people.villages {
		n.weight[v] = people.villages[v].Population
	}
	for _, step := range []func(){n.buildTown, n.buildSeats, n.buildRoadside, n.buildCoverage, n.buildCapacity} {
		step()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	p.Sites = n.sites(land)
	p.Facts = n.declare(seed)
	return nil
}

// full says whether all stations are built.
func (n *network) full() bool { return n.total >= n.plan.stations }

// nearest gives the closest mast within limitKm that the operator can join, -1 for
// none; with anyOperator, the closest of all.
func (n *network) nearest(p orb.Point, limitKm float64, op int, anyOperator bool) int {
	x, y := km(p)
	best, bestKm := -1, limitKm
	reach := int(limitKm) + 1
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			for _, m := range n.square[[2]int{int(x) + dx, int(y) + dy}] {
				if !anyOperator && (n.masts[m].hasOperator[op] || !operators[op].fits(&n.masts[m])) {
					continue
				}
				if d := apartKm(p, n.masts[m].at); d < bestKm {
					best, bestKm = m, d
				}
			}
		}
	}
	return best
}

// operator draws an operator by its share.
func (n *network) operator() int {
	weights := make([]float64, len(operators))
	for o := range operators {
		weights[o] = operators[o].share
	}
	return n.rnd.pick(weights)
}

// join puts a station of an operator on a mast.
func (n *network) join(m, op int) {
	n.masts[m].hasOperator[op] = true
	n.stations[op] = append(n.stations[op], m)
	n.total++
}

// raise builds a mast with one station and enters what it serves.
func (n *network) raise(m mast) {
	x, y := km(m.at)
	q := [2]int{int(x), int(y)}
	n.square[q] = append(n.square[q], len(n.masts))
	n.masts = append(n.masts, m)
	op := n.operator()
	if !operators[op].fits(&m) {
		op = 0
	}
	n.join(len(n.masts)-1, op)
	if m.lte {
		n.reception.serve(m.at, m.antennaM, m.frequencyMHz())
	}
}

// frequencyMHz is the band in which a mast reaches furthest.
func (m *mast) frequencyMHz() float64 {
	if m.low {
		return lowBandMHz
	}
	return highBandMHz
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
	return n.inside(p) && n.nearest(p, apartLeastKm, 0, true) < 0
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
	stations := int(n.plan.urbanStations * float64(n.plan.stations))
	for tries := 0; n.total < stations && tries < 40*stations; tries++ {
		v := n.crowd(func(v int) bool { return n.ward[v] })
		n.urbanStation(v)
	}
}

// urbanStation builds one station for a ward's village, on a mast of its own or
// another's.
func (n *network) urbanStation(v int) {
	cells := n.habitable[v]
	p := n.around(n.point(cells[n.rnd.intn(len(cells))]), 0.09)
	if n.rnd.chance(sharedMast) {
		op := n.operator()
		if m := n.nearest(p, 0.8, op, false); m >= 0 {
			n.join(m, op)
			return
		}
	}
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
	n.raise(m)
}

// buildSeats gives every other commune's seat its stations: on the near hill, then
// down in the village.
func (n *network) buildSeats() {
	for c := n.plan.wards; c < n.plan.communes; c++ {
		v := slices.IndexFunc(n.villages, func(v data.Village) bool { return v.CommuneCode == n.communes[c].Code })
		centre := *n.villages[v].Center
		for k := range max(1, min(seatStations, n.plan.stations/n.plan.communes/6)) {
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

// buildRoadside puts stations along the roads on hills beside them, to two thirds
// of the stations at most.
func (n *network) buildRoadside() {
	for _, cell := range n.roads {
		if n.total >= n.plan.stations*2/3 {
			return
		}
		p := n.point(cell)
		if n.nearest(p, roadSpacingKm, 0, true) >= 0 {
			continue
		}
		p = n.hilltop(p, hilltopKm)
		if !n.free(p) {
			continue
		}
		m := n.rural(p, n.villageNear(p))
		m.lte = !n.rnd.chance(withoutLTE)
		m.backhaul = "fibre"
		n.raise(m)
	}
}

// countGaps counts the villages without service.
func (n *network) countGaps() (gaps int) {
	for v := range n.villages {
		if n.reception.class(v) != data.Served {
			gaps++
		}
	}
	return gaps
}

// buildCoverage builds for villages without service, those with many people first,
// until few enough are left.
func (n *network) buildCoverage() {
	target := int(math.Round(expectedGapShare * float64(len(n.villages))))
	tried := make([]bool, len(n.villages))
	for n.gaps = n.countGaps(); n.gaps > target && !n.full(); {
		next := -1
		for v := range n.villages {
			if !tried[v] && n.reception.class(v) != data.Served && (next < 0 || n.weight[v] > n.weight[next]) {
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
			m.low = n.rnd.chance(0.4)
			gains := n.reception.gains(m.at, m.antennaM, m.frequencyMHz())
			worth := 0.0
			for _, v := range gains {
				worth += n.weight[v]
			}
			// Building up a mountain is dear.
			worth /= 1 + 0.3*float64(n.roadKm[n.at(p)])
			if worth > bestWorth {
				best, bestWorth, bestGains = m, worth, len(gains)
			}
		}
		if bestWorth > 0 {
			n.raise(best)
			n.gaps -= bestGains
		}
	}
}

// buildCapacity adds the remaining stations where people already have service, and
// nowhere they would bring it to a gap.
func (n *network) buildCapacity() {
	served := make([]bool, len(n.villages))
	for v := range served {
		served[v] = n.reception.class(v) == data.Served
	}
	for !n.full() {
		v := n.crowd(func(v int) bool { return served[v] })
		if n.ward[v] {
			n.urbanStation(v)
			continue
		}
		centre := *n.villages[v].Center
		op := n.operator()
		if m := n.nearest(centre, 3.5, op, false); m >= 0 && n.rnd.chance(sharedMast) {
			n.join(m, op)
			continue
		}
		m := n.rural(n.around(centre, 0.8), v)
		if n.free(m.at) && len(n.reception.gains(m.at, m.antennaM, highBandMHz)) == 0 {
			n.raise(m)
		} else if near := n.nearest(centre, 6, op, false); near >= 0 {
			n.join(near, op)
		}
	}
}

// declare writes what the communes report in August 2025: mostly what the rule of
// thumb says, at times not.
func (n *network) declare(seed uint64) Facts {
	rnd := newRandom(seed, streamDeclared)
	f := Facts{Positions: len(n.masts)}
	day := map[string]int{}
	for v := range n.villages {
		vl := &n.villages[v]
		if day[vl.CommuneCode] == 0 {
			day[vl.CommuneCode] = 1 + rnd.intn(31)
		}
		vl.DeclaredDate = fmt.Sprintf("2025-08-%02d", day[vl.CommuneCode])
		class := n.reception.class(v)
		vl.Declared = class
		switch {
		case class == data.Served:
			if rnd.chance(declaredGapWrong) {
				vl.Declared = data.Weak
				f.DeclaredExcess++
			}
		case rnd.chance(declaredServedWrong):
			vl.Declared = data.Served
			f.DeclaredMissed++
		case rnd.chance(declaredKindWrong):
			vl.Declared = data.Weak
			if class == data.Weak {
				vl.Declared = data.None
			}
		}
		if class != data.Served {
			f.ExpectedGaps++
		}
		if vl.GridPower == data.No {
			f.WithoutPower++
		}
		if vl.Declared != data.Served {
			f.DeclaredGaps++
			if vl.GridPower == data.No {
				f.GapsWithoutGrid++
			}
		}
	}
	return f
}

// sites turns the stations into records.
func (n *network) sites(land *landscape) []data.Site {
	var out []data.Site
	for o, masts := range n.stations {
		op := &operators[o]
		for number, m := range masts {
			out = append(out, n.site(land, op, number, &n.masts[m]))
		}
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
	year       int
}

// carriers chooses what an operator runs on a mast since a year.
func (n *network) carriers(op *operator, m *mast, year int) []carrier {
	var out []carrier
	if op.gsmMHz > 0 && (year < 2016 || !m.lte || n.rnd.chance(0.5)) {
		out = append(out, carrier{data.GSM, "900", op.gsmMHz, 0.2, 43, 15.5, 10, 3, 1, year})
	}
	if op.umtsMHz > 0 && (year < 2014 && n.rnd.chance(0.8) || !m.lte) {
		out = append(out, carrier{data.UMTS, "2100", op.umtsMHz, 5, 43, 17.5, 7, 2, 1, max(year, 2010)})
	}
	if m.lte {
		out = append(out, carrier{data.LTE, "1800", op.lteMHz, op.lteWideMHz, 46, 17, 7, 1, 2, max(year, 2017)})
		if m.low && op.lteLowMHz > 0 {
			out = append(out, carrier{data.LTE, "900", op.lteLowMHz, 10, 46, 15.5, 10, 1, 2, max(year, 2021)})
		}
	}
	if m.urban && op.nrMHz > 0 && n.rnd.chance(0.16) {
		c := carrier{data.NR, "2600", op.nrMHz, 100, 43, 24, 7, 0, 4, 2025}
		if op.nrMHz > 3000 {
			c.name = "3500"
		}
		out = append(out, c)
	}
	return out
}

// site makes the record of one operator's station.
func (n *network) site(land *landscape, op *operator, number int, m *mast) data.Site {
	rnd := n.rnd
	s := data.Site{
		ID:       fmt.Sprintf("%s%04d", op.short, number+1),
		Name:     strings.TrimPrefix(strings.TrimPrefix(n.villages[m.village].Commune, "Xã "), "Phường ") + fmt.Sprintf(" %s%d", op.short, number+1),
		Position: m.at, Owner: op.name, StructureType: m.kind, StructureHeightM: m.structureM,
		PowerSource: m.power, Backhaul: m.backhaul,
	}
	shared := 0
	for _, on := range m.hasOperator {
		if on {
			shared++
		}
	}
	antennaM := m.antennaM
	if shared > 1 {
		// Those who share a mast hang at different heights and are surveyed a few
		// metres apart.
		s.Position = rounded(n.around(m.at, joinKm))
		antennaM = math.Round(max(12, m.antennaM-rnd.between(0, 5)))
		if shared > 2 {
			s.Owner = "TruPhat M"
		}
	}
	year := 2008 + int(12*rnd.float())
	if m.low {
		year = 2019 + rnd.intn(6)
	}
	month := 1 + rnd.intn(8)
	azimuths, tiltDeg := n.aim(land, s.Position, antennaM, m.urban)
	for _, c := range n.carriers(op, m, year) {
		for k, azimuth := range azimuths {
			electrical := min(tiltDeg, 8)
			s.Sectors = append(s.Sectors, data.Sector{
				ID: fmt.Sprintf("%s-%s%s-%d", s.ID, c.technology, c.name, k+1), SiteID: s.ID,
				Operator: op.name, Technology: c.technology, Carrier: c.name,
				FrequencyMHz: c.mhz, BandwidthMHz: c.wide,
				AntennaHeightM: antennaM, AzimuthDeg: azimuth,
				ElectricalTiltDeg: electrical, MechanicalTiltDeg: tiltDeg - electrical,
				BeamwidthHDeg: 65, BeamwidthVDeg: c.beamVDeg, GainDBi: c.gainDBi,
				PowerDBm: c.powerDBm, LossesDB: c.lossesDB, EIRPDBm: c.powerDBm + c.gainDBi - c.lossesDB,
				Ports: c.ports, Status: data.StatusOnAir, OnAirDate: fmt.Sprintf("%04d-%02d", c.year, month),
			})
		}
	}
	s.Rows = len(s.Sectors)
	return s
}

// Stations are aimed at the people within aimKm.
const (
	aimKm       = 5.0
	aimStepDeg  = 10
	carelessAim = 0.2 // share of stations left at 0, 120 and 240 degrees
)

// aim chooses three azimuths and the tilt toward the people around.
func (n *network) aim(land *landscape, p orb.Point, antennaM float64, urban bool) (azimuthsDeg []float64, tiltDeg float64) {
	type target struct{ azimuth, people float64 }
	var around []target
	top := land.survey.metres(p) + antennaM
	sum, weights := 0.0, 0.0
	for v := range n.villages {
		c := *n.villages[v].Center
		d := apartKm(p, c)
		if d > aimKm {
			continue
		}
		w := n.weight[v] / (0.3 + d)
		around = append(around, target{bearingDeg(p, c), w})
		if d > 0.3 {
			sum += w * math.Atan((top-land.survey.metres(c))/(1000*d))
			weights += w
		}
	}
	tiltDeg = 3
	if weights > 0 {
		tiltDeg = min(12, max(0, math.Round(sum/weights*180/math.Pi)))
	}
	if urban {
		tiltDeg = max(tiltDeg, 4)
	}
	turn := 0.0
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
				best, turn = worth, float64(a)
			}
		}
	}
	return []float64{turn, turn + 120, turn + 240}, tiltDeg
}

// bearingDeg is the azimuth from a to b, clockwise from north.
func bearingDeg(a, b orb.Point) float64 {
	d := math.Atan2((b[0]-a[0])*kmPerDegreeLon, (b[1]-a[1])*kmPerDegreeLat) * 180 / math.Pi
	return math.Mod(d+360, 360)
}
