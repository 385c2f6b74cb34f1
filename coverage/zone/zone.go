// Package zone divides terrain into the radio-climatic zones of ITU-R P.1812-8 §3.3,
// Table 3, by polygons of the sea.
package zone

import (
	"cmp"
	"math"
	"slices"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
)

// What Table 3 of ITU-R P.1812-8 calls coastal land: up to so high above the sea, and up
// to so far from it.
const (
	CoastalHeightM   = 100.0
	CoastalDistanceM = 50e3
)

// Map is the zones of the samples of a terrain, a quarter of a byte each. It is
// immutable and safe for concurrent use.
type Map struct {
	ground terrain.Grid // its lattice; it has no heights
	packed []byte       // four samples a byte, the first in the lowest bits
	counts [propagation.Sea + 1]int
}

// New gives the zones of a terrain: the sea is the samples whose places lie in one of
// the polygons, coastal land those outside that lie no higher than 100 m and no further
// than 50 km from such a place, wherever that is; all else is inland, voids too.
//
// The distance is taken in the plane of the lattice at the sample's own latitude, up to
// 1 % off at 60 degrees. Whether low land reaches down to the sea is not asked.
func New(ground *terrain.Grid, sea []orb.MultiPolygon) *Map {
	m := &Map{ground: *ground, packed: make([]byte, (ground.Width*ground.Height+3)/4)}
	m.ground.HeightsM = nil
	columns := m.columns(sea)
	coast := make([]int32, ground.Width+1) // how many more columns than at the sample before reach it
	for row := range ground.Height {
		clear(coast)
		m.reach(columns, row, coast)
		reaching := int32(0)
		for i := range ground.Width {
			reaching += coast[i]
			k := row*ground.Width + i
			zone := propagation.Inland
			switch {
			case columns.at(i).contains(row):
				zone = propagation.Sea
			case reaching > 0 && ground.HeightsM[k] <= CoastalHeightM: // a void is not
				zone = propagation.Coastal
			}
			m.packed[k/4] |= byte(zone) << (k % 4 * 2)
			m.counts[zone]++
		}
	}
	return m
}

// Of gives the zone of a sample by its number, see [terrain.Grid.Sample].
func (m *Map) Of(sample int) propagation.Zone {
	return propagation.Zone(m.packed[sample/4] >> (sample % 4 * 2) & 3)
}

// At gives the zone of the sample nearest to a point, inland beyond the terrain.
func (m *Map) At(p orb.Point) propagation.Zone {
	if k := m.ground.Sample(p); k >= 0 {
		return m.Of(k)
	}
	return propagation.Inland
}

// Along fills zones with those of the samples nearest to points on a line at first·stepM
// from its start, at (first+1)·stepM and so on; inland beyond the terrain.
func (m *Map) Along(line *geodesy.Line, stepM float64, first int, zones []propagation.Zone) {
	var samples [64]int32
	for from := 0; from < len(zones); from += len(samples) {
		part := zones[from:min(from+len(samples), len(zones))]
		m.ground.SamplesAlong(line, stepM, first+from, samples[:len(part)])
		for i, k := range samples[:len(part)] {
			if part[i] = propagation.Inland; k >= 0 {
				part[i] = m.Of(int(k))
			}
		}
	}
}

// AppendRow appends the zones of a row's samples from a column on, up to but not
// including another, to b.
func (m *Map) AppendRow(b []byte, row, from, to int) []byte {
	for i := from; i < to; i++ {
		b = append(b, byte(m.Of(row*m.ground.Width+i)))
	}
	return b
}

// Covers says whether the map is one of this terrain's samples.
func (m *Map) Covers(g *terrain.Grid) bool { return m.ground.SameLattice(g) }

// Count gives how many samples lie in a zone.
func (m *Map) Count(z propagation.Zone) int { return m.counts[z] }

// Level puts samples at sea that have no height at 0 m, and returns how many: elevation
// files leave the open sea out.
func (m *Map) Level(g *terrain.Grid) (levelled int) {
	for k, h := range g.HeightsM {
		if h != h && m.Of(k) == propagation.Sea {
			g.HeightsM[k] = 0
			levelled++
		}
	}
	return levelled
}

// run is rows of one column of samples that lie at sea.
type run struct{ from, to int } // to is the first row that does not

// column is the runs of a column, from north to south; next is the first of them that
// does not end above the present row.
type column struct {
	runs []run
	next int
}

// contains says whether a row lies at sea. Rows must not fall from call to call.
func (c *column) contains(row int) bool {
	c.advance(row)
	return c.next < len(c.runs) && c.runs[c.next].from <= row
}

func (c *column) advance(row int) {
	for c.next < len(c.runs) && c.runs[c.next].to <= row {
		c.next++
	}
}

// rowsFrom is how many rows the nearest sample at sea lies above or below a row.
func (c *column) rowsFrom(row int) int {
	c.advance(row)
	rows := math.MaxInt
	if c.next < len(c.runs) {
		rows = max(c.runs[c.next].from-row, 0)
	}
	if c.next > 0 {
		rows = min(rows, row-(c.runs[c.next-1].to-1))
	}
	return rows
}

// columns is the sea around a terrain.
type columns struct {
	margin int // columns of them to the west of the terrain, and to the east
	runs   []column
	reachM []float64 // by rows to the sea: how far to the side it still makes a coast
}

// at gives a column of the terrain, or beyond it.
func (c *columns) at(i int) *column { return &c.runs[i+c.margin] }

// columns finds the sea as far around the terrain as it makes a coast there.
func (m *Map) columns(sea []orb.MultiPolygon) *columns {
	g := &m.ground
	c := &columns{}
	spacingM := g.SpacingM()
	for rows := 0; float64(rows)*spacingM <= CoastalDistanceM; rows++ {
		aside := math.Sqrt(CoastalDistanceM*CoastalDistanceM - float64(rows)*spacingM*float64(rows)*spacingM)
		c.reachM = append(c.reachM, aside)
	}
	// A degree of longitude is shortest at the row nearest to a pole.
	narrowestM := min(m.columnM(0), m.columnM(g.Height-1))
	c.margin = int(math.Ceil(CoastalDistanceM/narrowestM)) + 1
	c.runs = make([]column, g.Width+2*c.margin)

	west, east := -c.margin, g.Width+c.margin
	north, south := -len(c.reachM), g.Height+len(c.reachM)
	type crossing struct {
		column int
		y      float64 // in rows
	}
	var crossings []crossing
	for _, mp := range sea {
		for _, polygon := range mp {
			crossings = crossings[:0]
			for _, ring := range polygon {
				for i := range ring {
					a, b := ring[i], ring[(i+1)%len(ring)]
					x0, x1 := (a[0]-g.West)/g.StepLon, (b[0]-g.West)/g.StepLon
					y0, y1 := (g.North-a[1])/g.StepLat, (g.North-b[1])/g.StepLat
					if x0 > x1 {
						x0, x1, y0, y1 = x1, x0, y1, y0
					}
					// An edge crosses the columns from its western end on, up to but not at its
					// eastern one: a ring crosses each an even number of times.
					first, end := max(math.Ceil(x0), float64(west)), min(math.Ceil(x1), float64(east))
					for x := first; x < end; x++ {
						crossings = append(crossings, crossing{int(x), y0 + (y1-y0)*((x-x0)/(x1-x0))})
					}
				}
			}
			slices.SortFunc(crossings, func(a, b crossing) int { return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.y, b.y)) })
			for i := 0; i+1 < len(crossings); i += 2 {
				from := int(math.Ceil(min(max(crossings[i].y, float64(north)), float64(south))))
				to := int(math.Ceil(min(max(crossings[i+1].y, float64(north)), float64(south))))
				if from < to {
					at := c.at(crossings[i].column)
					at.runs = append(at.runs, run{from, to})
				}
			}
		}
	}
	for i := range c.runs {
		c.runs[i].runs = united(c.runs[i].runs)
	}
	return c
}

// united puts runs in order and makes one of those that meet.
func united(runs []run) []run {
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, r.to)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// columnM is how far apart columns are on a row, in metres.
func (m *Map) columnM(row int) float64 {
	lat := m.ground.North - float64(row)*m.ground.StepLat
	return geodesy.Distance(orb.Point{0, lat}, orb.Point{m.ground.StepLon, lat})
}

// reach marks the samples of a row that lie near enough to the sea to be a coast: their
// first in coast by one more, the one after their last by one less.
func (m *Map) reach(c *columns, row int, coast []int32) {
	columnM, width := m.columnM(row), m.ground.Width
	for i := -c.margin; i < width+c.margin; i++ {
		rows := c.at(i).rowsFrom(row)
		if rows >= len(c.reachM) {
			continue
		}
		aside := int(c.reachM[rows] / columnM)
		first, last := max(i-aside, 0), min(i+aside, width-1)
		if first <= last {
			coast[first]++
			coast[last+1]--
		}
	}
}
