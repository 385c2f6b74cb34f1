package data

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"
)

// AreaIndex finds the area that holds a point. It is immutable and safe for
// concurrent use.
type AreaIndex struct {
	areas  []Area
	byCode map[string]int
	tree   rtree.RTreeG[int]
	bands  []bandedEdges
	bound  orb.Bound
}

// bandedEdges are the edges of one area, sorted into equal bands of latitude so that a ray
// along a parallel meets only those of its own band.
type bandedEdges struct {
	south, height float64 // degrees
	edges         [][][2]orb.Point
}

// edgesPerBand is the mean number of edges in a band; an edge that crosses several
// stands in each.
const edgesPerBand = 8

// NewAreaIndex indexes areas. It keeps the slice: do not change it afterwards.
func NewAreaIndex(areas []Area) *AreaIndex {
	ix := &AreaIndex{areas: areas, byCode: make(map[string]int, len(areas)), bands: make([]bandedEdges, len(areas))}
	for i := range areas {
		a := &areas[i]
		if _, taken := ix.byCode[a.Code]; !taken {
			ix.byCode[a.Code] = i
		}
		b := a.Geometry.Bound()
		if i == 0 {
			ix.bound = b
		} else {
			ix.bound = ix.bound.Union(b)
		}
		ix.tree.Insert(b.Min, b.Max, i)
		ix.bands[i] = bandEdges(a.Geometry, b)
	}
	return ix
}

func bandEdges(mp orb.MultiPolygon, bound orb.Bound) bandedEdges {
	n := 0
	for _, p := range mp {
		for _, r := range p {
			n += len(r)
		}
	}
	count := max(1, n/edgesPerBand)
	out := bandedEdges{
		south:  bound.Min.Lat(),
		height: math.Max((bound.Max.Lat()-bound.Min.Lat())/float64(count), math.SmallestNonzeroFloat64),
		edges:  make([][][2]orb.Point, count),
	}
	for _, p := range mp {
		for _, r := range p {
			for i := 1; i < len(r); i++ {
				a, b := r[i-1], r[i]
				lo, hi := out.band(math.Min(a[1], b[1])), out.band(math.Max(a[1], b[1]))
				for k := lo; k <= hi; k++ {
					out.edges[k] = append(out.edges[k], [2]orb.Point{a, b})
				}
			}
		}
	}
	return out
}

func (b *bandedEdges) band(lat float64) int {
	return int(math.Max(0, math.Min((lat-b.south)/b.height, float64(len(b.edges)-1))))
}

// contains counts the edges that a ray to the east crosses. An edge holds its
// lower end and not its upper one, so that of two areas with a common border a
// point belongs to one.
func (b *bandedEdges) contains(p orb.Point) bool {
	inside := false
	for _, e := range b.edges[b.band(p[1])] {
		lo, hi := e[0], e[1]
		if lo[1] > hi[1] {
			lo, hi = hi, lo
		}
		if p[1] < lo[1] || p[1] >= hi[1] {
			continue
		}
		// Always from the lower end, so that both neighbours compute the same number.
		if p[0] < lo[0]+(p[1]-lo[1])/(hi[1]-lo[1])*(hi[0]-lo[0]) {
			inside = !inside
		}
	}
	return inside
}

// At gives the area that holds p. Where areas overlap it is the first of the
// file; on a common border it is one of the two, always the same.
func (ix *AreaIndex) At(p orb.Point) (*Area, bool) {
	if ix == nil {
		return nil, false
	}
	best := -1
	ix.tree.Search(p, p, func(_, _ [2]float64, i int) bool {
		if (best < 0 || i < best) && ix.bands[i].contains(p) {
			best = i
		}
		return true
	})
	if best < 0 {
		return nil, false
	}
	return &ix.areas[best], true
}

// ByCode gives the area with this code.
func (ix *AreaIndex) ByCode(code string) (*Area, bool) {
	if ix == nil {
		return nil, false
	}
	i, ok := ix.byCode[code]
	if !ok {
		return nil, false
	}
	return &ix.areas[i], true
}

// Areas gives the areas in file order. They are shared: do not change them.
func (ix *AreaIndex) Areas() []Area {
	if ix == nil {
		return nil
	}
	return ix.areas
}

// Bound is the extent of all areas, the zero Bound for none.
func (ix *AreaIndex) Bound() orb.Bound {
	if ix == nil {
		return orb.Bound{}
	}
	return ix.bound
}
