package sample

import (
	"math"
	"slices"

	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

// Line is a road, a power line or a fibre cable.
type Line struct {
	Name     string // what it is: "main road", "village road", "medium voltage", "fibre"
	Geometry orb.LineString
}

// What the lines are called.
const (
	mainRoad    = "main road"
	villageRoad = "village road"
	powerLine   = "medium voltage"
	fibreCable  = "fibre"
)

// unpoweredKm is how far power lines stay away from hamlets without grid power: less
// than the distance of two hamlets.
const unpoweredKm = 0.5

// path is cells of a line, each the neighbour of the one before.
type path []int

// layLines lays roads and power lines where the main roads are built: a road to every
// hamlet by the easiest way, power along the roads to all hamlets that have it and away
// from those that do not.
func (s *settlement) layLines(inside []bool, ground []float64) {
	toil := s.toil(inside, ground)
	var all, powered []int        // centres
	dark := make([]bool, s.w*s.h) // near a hamlet without power
	for v := range s.villages {
		centre := s.habitable[v][0]
		if all = append(all, centre); s.villages[v].GridPower == data.Yes {
			powered = append(powered, centre)
			continue
		}
		s.around(centre, unpoweredKm, func(k int) { dark[k] = true })
	}
	s.villageRoads = s.branches(s.roads, all, toil)
	for _, p := range s.mainRoads {
		s.powerLines = append(s.powerLines, without(p, dark)...)
	}
	trunk := slices.DeleteFunc(slices.Clone(s.roads), func(k int) bool { return dark[k] })
	s.powerLines = append(s.powerLines, s.branches(trunk, powered, func(k int) float64 {
		if dark[k] {
			return -1
		}
		return toil(k)
	})...)
}

// drawLines gives the province its lines, with fibre along the main roads.
func (s *settlement) drawLines(p *Province) {
	draw := func(name string, paths []path) (lines []Line) {
		for _, way := range paths {
			lines = append(lines, s.line(name, way))
		}
		return lines
	}
	p.Roads = append(draw(mainRoad, s.mainRoads), draw(villageRoad, s.villageRoads)...)
	p.PowerLines = draw(powerLine, s.powerLines)
	p.Fibre = draw(fibreCable, s.mainRoads)
}

// around tells of the cells within a distance of one.
func (s *settlement) around(cell int, radiusKm float64, f func(k int)) {
	at := s.point(cell)
	dx, dy := s.stepKm()
	for j := -int(radiusKm/dy) - 1; j <= int(radiusKm/dy)+1; j++ {
		for i := -int(radiusKm/dx) - 1; i <= int(radiusKm/dx)+1; i++ {
			x, y := cell%s.w+i, cell/s.w+j
			if x < 0 || y < 0 || x >= s.w || y >= s.h {
				continue
			}
			if k := y*s.w + x; apartKm(at, s.point(k)) <= radiusKm {
				f(k)
			}
		}
	}
}

// branches gives the cheapest ways from places to the nearest of the trunk's cells, each
// as far as none before it goes.
func (s *settlement) branches(trunk, places []int, enter func(cell int) float64) []path {
	_, _, before := s.grow(trunk, enter)
	laid := make([]bool, s.w*s.h)
	for _, k := range trunk {
		laid[k] = true
	}
	var out []path
	for _, place := range places {
		if p, _ := follow(before, place, laid); len(p) > 1 {
			out = append(out, p)
		}
	}
	return out
}

// follow gives the way from a cell back to its source, or to what is laid, which it then
// joins, and lays it.
func follow(before []int32, from int, laid []bool) (p path, joins bool) {
	for k := int32(from); k >= 0; k = before[k] {
		p = append(p, int(k))
		if laid[k] {
			return p, true
		}
		laid[k] = true
	}
	return p, false
}

// without gives the parts of a path that keep away from some cells.
func without(p path, away []bool) (parts []path) {
	for len(p) > 0 {
		n := slices.IndexFunc(p, func(k int) bool { return away[k] })
		if n < 0 {
			n = len(p)
		}
		if n > 1 {
			parts = append(parts, p[:n])
		}
		for n < len(p) && away[p[n]] {
			n++
		}
		p = p[n:]
	}
	return parts
}

// line draws a path, its corners rounded off.
func (s *settlement) line(name string, p path) Line {
	cells := make([]orb.Point, len(p))
	for i, k := range p {
		cells[i] = orb.Point{float64(k % s.w), float64(k / s.w)}
	}
	out := Line{Name: name, Geometry: make(orb.LineString, 0, len(p))}
	for _, c := range straightened(smoothed(cells, false)) {
		out.Geometry = append(out.Geometry, rounded(orb.Point{
			(float64(s.westSec) + c[0]*float64(s.stepSec)) / 3600,
			(float64(s.northSec) - c[1]*float64(s.stepSec)) / 3600,
		}))
	}
	return out
}

// lengthKm is the length of lines.
func lengthKm(lines []Line) (km float64) {
	for _, l := range lines {
		for i := 1; i < len(l.Geometry); i++ {
			km += apartKm(l.Geometry[i-1], l.Geometry[i])
		}
	}
	return math.Round(km)
}
