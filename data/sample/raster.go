package sample

import (
	"context"
	"math"
	"runtime"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// raster is a regular grid of points in whole arc-seconds, rows from north to
// south as in SRTM. As cells, the points are their centres.
type raster struct {
	westSec, northSec, stepSec int
	w, h                       int
}

func (r raster) lon(i int) float64 { return float64(r.westSec+i*r.stepSec) / 3600 }
func (r raster) lat(j int) float64 { return float64(r.northSec-j*r.stepSec) / 3600 }

func (r raster) point(k int) orb.Point { return orb.Point{r.lon(k % r.w), r.lat(k / r.w)} }

// at gives the index of the cell that holds p, -1 outside.
func (r raster) at(p orb.Point) int {
	i := int(math.Round((p[0]*3600 - float64(r.westSec)) / float64(r.stepSec)))
	j := int(math.Round((float64(r.northSec) - p[1]*3600) / float64(r.stepSec)))
	if i < 0 || j < 0 || i >= r.w || j >= r.h {
		return -1
	}
	return j*r.w + i
}

// Kilometres per degree at the middle of the province, 22.7° N; the plane in
// which noise, erosion and settlement work. Off by 0.5 % at its edges.
const (
	kmPerDegreeLon = 102.76
	kmPerDegreeLat = 110.75
)

// stepKm is the spacing of columns and rows.
func (r raster) stepKm() (x, y float64) {
	return float64(r.stepSec) / 3600 * kmPerDegreeLon, float64(r.stepSec) / 3600 * kmPerDegreeLat
}

// km places a point in the plane.
func km(p orb.Point) (x, y float64) {
	return (p[0] - 105) * kmPerDegreeLon, (p[1] - 22) * kmPerDegreeLat
}

// apartKm is the distance of two points in the plane.
func apartKm(a, b orb.Point) float64 {
	x, y := (a[0]-b[0])*kmPerDegreeLon, (a[1]-b[1])*kmPerDegreeLat
	return math.Sqrt(x*x + y*y)
}

// cellKm2 is the area of a cell of row j on the WGS 84 ellipsoid, from the series
// for the length of a degree (NIMA TR8350.2 gives their origin).
func (r raster) cellKm2(j int) float64 {
	phi := r.lat(j) * math.Pi / 180
	latM := 111132.92 - 559.82*math.Cos(2*phi) + 1.175*math.Cos(4*phi)
	lonM := 111412.84*math.Cos(phi) - 93.5*math.Cos(3*phi)
	deg := float64(r.stepSec) / 3600
	return latM * lonM * deg * deg / 1e6
}

// eachRow runs f for the rows 0 to n-1, spread over the processors. Rows must not
// depend on each other.
func eachRow(ctx context.Context, n int, f func(j int)) error {
	g, ctx := errgroup.WithContext(ctx)
	workers := min(n, runtime.GOMAXPROCS(0))
	for worker := range workers {
		g.Go(func() error {
			for j := worker * n / workers; j < (worker+1)*n/workers; j++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				f(j)
			}
			return nil
		})
	}
	return g.Wait()
}

// frontier is a priority queue of raster cells by cost. Cost and index share a
// word, so that equal costs come out in index order on every run.
type frontier []uint64

func (f *frontier) push(cost float64, cell int) {
	// Costs are not negative: their IEEE bits sort as they do.
	v := uint64(math.Float32bits(float32(cost)))<<32 | uint64(uint32(cell))
	q := append(*f, v)
	k := len(q) - 1
	for k > 0 {
		parent := (k - 1) / 4
		if q[parent] <= v {
			break
		}
		q[k] = q[parent]
		k = parent
	}
	q[k] = v
	*f = q
}

func (f *frontier) pop() (cost float64, cell int) {
	q := *f
	top := q[0]
	v := q[len(q)-1]
	q = q[:len(q)-1]
	if len(q) > 0 {
		k := 0
		for {
			first := 4*k + 1
			if first >= len(q) {
				break
			}
			child := first
			for c := first + 1; c < min(first+4, len(q)); c++ {
				if q[c] < q[child] {
					child = c
				}
			}
			if v <= q[child] {
				break
			}
			q[k] = q[child]
			k = child
		}
		q[k] = v
	}
	*f = q
	return float64(math.Float32frombits(uint32(top >> 32))), int(uint32(top))
}

// The eight neighbours of a cell, the four sharing an edge first.
var neighbours = [8][2]int{{1, 0}, {0, 1}, {-1, 0}, {0, -1}, {1, 1}, {-1, 1}, {-1, -1}, {1, -1}}

// grow spreads from the sources over the raster by least cost. enter gives the
// cost per kilometre of entering a cell, negative for never. For every cell
// reached it returns the cost, the index of the source and the cell before.
func (r raster) grow(sources []int, enter func(cell int) float64) (cost []float32, source, before []int32) {
	n := r.w * r.h
	cost = make([]float32, n)
	source = make([]int32, n)
	before = make([]int32, n)
	for k := range cost {
		cost[k], source[k], before[k] = math.MaxFloat32, -1, -1
	}
	var f frontier
	for s, cell := range sources {
		cost[cell], source[cell] = 0, int32(s)
		f.push(0, cell)
	}
	dx, dy := r.stepKm()
	diagonal := math.Sqrt(dx*dx + dy*dy)
	for len(f) > 0 {
		c, cell := f.pop()
		if float32(c) > cost[cell] {
			continue // overtaken
		}
		x, y := cell%r.w, cell/r.w
		for d, nb := range neighbours {
			i, j := x+nb[0], y+nb[1]
			if i < 0 || j < 0 || i >= r.w || j >= r.h {
				continue
			}
			k := j*r.w + i
			rate := enter(k)
			if rate < 0 {
				continue
			}
			length := diagonal
			if d < 4 {
				length = dx
				if nb[0] == 0 {
					length = dy
				}
			}
			if next := float32(c + rate*length); next < cost[k] {
				cost[k], source[k], before[k] = next, source[cell], int32(cell)
				f.push(float64(next), k)
			}
		}
	}
	return cost, source, before
}

// nearest gives every cell's nearest source by its index, and how far that is, by
// sweeping the raster down and up (Danielsson, "Euclidean distance mapping", 1980,
// doi:10.1016/0146-664X(80)90054-4); now and then the second nearest is taken.
func (r raster) nearest(sources []int) (source []int32, distanceKm []float32) {
	n := r.w * r.h
	source, distanceKm = make([]int32, n), make([]float32, n)
	for k := range source {
		source[k], distanceKm[k] = -1, math.MaxFloat32
	}
	for s, cell := range sources {
		source[cell], distanceKm[cell] = int32(s), 0
	}
	dx, dy := r.stepKm()
	try := func(k, i, j, di, dj int) {
		if i+di < 0 || i+di >= r.w || j+dj < 0 || j+dj >= r.h {
			return
		}
		s := source[k+dj*r.w+di]
		if s < 0 {
			return
		}
		x, y := float64(i-sources[s]%r.w)*dx, float64(j-sources[s]/r.w)*dy
		if d := float32(math.Sqrt(x*x + y*y)); d < distanceKm[k] {
			source[k], distanceKm[k] = s, d
		}
	}
	sweep := func(j, dj int) {
		for i := range r.w {
			k := j*r.w + i
			for di := -1; di <= 1; di++ {
				try(k, i, j, di, dj)
			}
			try(k, i, j, -1, 0)
		}
		for i := r.w - 1; i >= 0; i-- {
			try(j*r.w+i, i, j, 1, 0)
		}
	}
	for j := range r.h {
		sweep(j, -1)
	}
	for j := r.h - 1; j >= 0; j-- {
		sweep(j, 1)
	}
	return source, distanceKm
}
