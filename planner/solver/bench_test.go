//go:build unix

package solver

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/covgap/covgap/geo/reference"
)

// relief is a square of ridged fractal terrain that repeats at its edges.
type relief struct {
	side   int // cells
	height []float64
}

// ridgeCells is 6.4 km if a cell is 100 m wide.
const ridgeCells = 64

// newRelief sums octaves of value noise, each folded to ridges (Musgrave, 1993). The
// widest ridges are ridgeCells apart, which divides side; a height of 1 is theirs.
func newRelief(side int, rng *rand.Rand) relief {
	t := relief{side, make([]float64, side*side)}
	size := 1.0
	for wave := ridgeCells; wave >= 4; wave /= 2 {
		n := side / wave
		lattice := make([]float64, n*n)
		for i := range lattice {
			lattice[i] = rng.Float64()
		}
		ease := make([]float64, wave)
		for i := range ease {
			f := float64(i) / float64(wave)
			ease[i] = f * f * (3 - 2*f)
		}
		for y := range side {
			y0, y1, fy := y/wave, (y/wave+1)%n, ease[y%wave]
			for x := range side {
				x0, x1, fx := x/wave, (x/wave+1)%n, ease[x%wave]
				low := lattice[y0*n+x0]*(1-fx) + lattice[y0*n+x1]*fx
				high := lattice[y1*n+x0]*(1-fx) + lattice[y1*n+x1]*fx
				ridge := 1 - math.Abs(2*(low*(1-fy)+high*fy)-1)
				t.height[y*side+x] += size * ridge * ridge
			}
		}
		size *= 0.45
	}
	return t
}

func (t relief) at(x, y int) float64 {
	return t.height[(y+t.side)%t.side*t.side+(x+t.side)%t.side]
}

// sees says whether a mast at x, y, so high, sees the cell dx, dy from it.
func (t relief) sees(x, y int, mast float64, dx, dy int) bool {
	const receiver = 0.004
	n := max(dx, -dx, dy, -dy)
	from := t.at(x, y) + mast
	slope := (t.at(x+dx, y+dy) + receiver - from) / float64(n)
	for k := 1; k < n; k++ {
		if t.at(x+dx*k/n, y+dy*k/n) > from+slope*float64(k) {
			return false
		}
	}
	return true
}

// landscape draws an instance of the kind of inst_b of the reference folder: rows in
// settlements on ridged terrain, columns on hilltops (35 %), near settlements (30 %)
// and anywhere (35 %) that serve the rows in their line of sight within reach cells.
// Weights and costs vary; a mast far from any settlement costs more.
func landscape(rows, columns, side, reach int, seed uint64) *Instance {
	rng := rand.New(rand.NewPCG(seed, 1))
	t := newRelief(side, rng)
	type point struct{ x, y int }
	inside := func(v int) int { return (v%side + side) % side }
	points := make([]point, rows)
	in := &Instance{}
	var centre point
	spread := 0.0
	for i := range points {
		if i%8 == 0 {
			// The lower of three places: people live in valleys.
			for k := range 3 {
				if p := (point{rng.IntN(side), rng.IntN(side)}); k == 0 || t.at(p.x, p.y) < t.at(centre.x, centre.y) {
					centre = p
				}
			}
			spread = 2 + 8*rng.Float64()
		}
		points[i] = point{inside(centre.x + int(spread*rng.NormFloat64())), inside(centre.y + int(spread*rng.NormFloat64()))}
		w := 60 + int64(90*rng.ExpFloat64())
		in.Rows = append(in.Rows, Row{Village: int32(i), Weight: w, Value: w})
		in.Villages = append(in.Villages, Village{Need: w})
	}
	const cell = 16 // of an index of the rows
	cells := make(map[point][]int32)
	for i, p := range points {
		c := point{p.x / cell, p.y / cell}
		cells[c] = append(cells[c], int32(i))
	}
	for range columns {
		var c Column
		p := point{rng.IntN(side), rng.IntN(side)}
		switch kind := rng.IntN(100); {
		case kind < 35:
			for top := p; ; p = top {
				for dy := -2; dy <= 2; dy++ {
					for dx := -2; dx <= 2; dx++ {
						if t.at(p.x+dx, p.y+dy) > t.at(top.x, top.y) {
							top = point{inside(p.x + dx), inside(p.y + dy)}
						}
					}
				}
				if top == p {
					break
				}
			}
			p = point{inside(p.x + rng.IntN(5) - 2), inside(p.y + rng.IntN(5) - 2)}
		case kind < 65:
			q := points[rng.IntN(rows)]
			p = point{inside(q.x + int(5*rng.NormFloat64())), inside(q.y + int(5*rng.NormFloat64()))}
		}
		mast := 0.03 + 0.03*rng.Float64()
		near := math.Inf(1)
		for cy := (p.y - reach + side) / cell; cy <= (p.y+reach+side)/cell; cy++ {
			for cx := (p.x - reach + side) / cell; cx <= (p.x+reach+side)/cell; cx++ {
				for _, i := range cells[point{cx % (side / cell), cy % (side / cell)}] {
					half := side / 2
					dx, dy := inside(points[i].x-p.x+half)-half, inside(points[i].y-p.y+half)-half
					far := math.Hypot(float64(dx), float64(dy))
					near = min(near, far)
					if far <= float64(reach) && t.sees(p.x, p.y, mast, dx, dy) {
						c.Rows = append(c.Rows, i)
					}
				}
			}
		}
		slices.Sort(c.Rows)
		c.Rows = slices.Compact(c.Rows)
		c.Cost = 600 + int64(15000*mast) + rng.Int64N(300) + int64(20*min(near, 30))
		in.Columns = append(in.Columns, c)
	}
	return in
}

// BenchmarkSolve prints what the solver reaches. cpu-s is the processor time of one
// solution, wall-s the time until it is there, gap-% its gap, off-% how far its value is from the certified optimum. Run
// it with -benchtime 1x: the effort decides the work.
func BenchmarkSolve(b *testing.B) {
	budget, count := Problem{Goal: Budget, Budget: 20000}, Problem{Goal: Count, Count: 15}
	for _, c := range []struct {
		file    string
		p       Problem
		optimum int64
		efforts []int
	}{
		{"inst_a.txt", Problem{}, 44434, []int{100}},
		{"inst_a.txt", budget, 20879, []int{100}},
		{"inst_a.txt", count, 15757, []int{100}},
		{"inst_b.txt", Problem{}, 171912, []int{30}},
		{"inst_b.txt", Problem{Goal: Budget, Budget: 60000}, 286070, []int{8, 400}},
		{"inst_b.txt", Problem{Goal: Count, Count: 50}, 235587, []int{30}},
	} {
		for _, effort := range c.efforts {
			c.p.Effort = effort
			b.Run(fmt.Sprintf("%s/%v/effort=%d", c.file, c.p.Goal, effort), func(b *testing.B) {
				in := readInstance(b, filepath.Join(reference.Dir(b, "instances"), c.file))
				benchmark(b, in, c.p, c.optimum)
			})
		}
	}
	b.Run("inst_a.txt/frontier=1..60", func(b *testing.B) {
		in := readInstance(b, filepath.Join(reference.Dir(b, "instances"), "inst_a.txt"))
		limits := make([]int64, 60)
		for i := range limits {
			limits[i] = int64(i + 1)
		}
		begin := cpu(b)
		proven := 0
		for b.Loop() {
			points, err := Frontier(context.Background(), in, Problem{Goal: Count}, limits)
			if err != nil {
				b.Fatal(err)
			}
			proven = 0
			for _, p := range points {
				if p.Proven {
					proven++
				}
			}
		}
		b.ReportMetric((cpu(b)-begin).Seconds()/float64(b.N), "cpu-s")
		b.ReportMetric(float64(proven), "proven")
	})
	for _, c := range []struct {
		p       Problem
		efforts []int
	}{
		{Problem{}, []int{230, 2000}},
		{Problem{Goal: Budget, Budget: 200_000}, []int{150}},
		{Problem{Goal: Count, Count: 300}, []int{150, 600}},
	} {
		for _, effort := range c.efforts {
			c.p.Effort = effort
			b.Run(fmt.Sprintf("landscape/%v/effort=%d", c.p.Goal, effort), func(b *testing.B) {
				benchmark(b, landscape(100_000, 20_000, 2048, 64, 1), c.p, 0)
			})
		}
	}
}

// cpu is the processor time of the process so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchmark(b *testing.B, in *Instance, p Problem, optimum int64) {
	b.Helper()
	var res *Result
	begin, start := cpu(b), time.Now()
	for b.Loop() {
		var err error
		if res, err = Solve(context.Background(), in, p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-begin).Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(time.Since(start).Seconds()/float64(b.N), "wall-s")
	b.ReportMetric(float64(res.Value), "value")
	b.ReportMetric(float64(res.Bound), "bound")
	b.ReportMetric(100*res.Gap, "gap-%")
	proven := 0.0
	if res.Proven {
		proven = 1
	}
	b.ReportMetric(proven, "proven")
	if optimum > 0 {
		b.ReportMetric(100*math.Abs(float64(res.Value-optimum))/float64(optimum), "off-%")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/1e6, "heap-MB")
	b.ReportMetric(0, "ns/op")
}
