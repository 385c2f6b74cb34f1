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

// landscape draws an instance as masts over hills make them: rows spread over a
// square with clusters, columns that see the rows within a reach of their own in some
// directions and not in others. Weights and costs vary.
func landscape(rows, columns int, perColumn float64, seed uint64) *Instance {
	rng := rand.New(rand.NewPCG(seed, 1))
	type point struct{ x, y float64 }
	inside := func(v float64) float64 { return v - math.Floor(v) }
	points := make([]point, rows)
	in := &Instance{}
	var centre point
	for i := range points {
		if i%8 == 0 {
			centre = point{rng.Float64(), rng.Float64()}
		}
		const spread = 0.01
		points[i] = point{inside(centre.x + spread*rng.NormFloat64()), inside(centre.y + spread*rng.NormFloat64())}
		w := 20 + rng.Int64N(400)
		in.Rows = append(in.Rows, Row{Village: int32(i), Weight: w, Value: w})
		in.Villages = append(in.Villages, Village{Need: w})
	}
	// A grid of cells finds the rows near a column.
	const side = 128
	cells := make([][]int32, side*side)
	at := func(x, y float64) (int, int) { return min(side-1, int(x*side)), min(side-1, int(y*side)) }
	for i, p := range points {
		cx, cy := at(p.x, p.y)
		cells[cy*side+cx] = append(cells[cy*side+cx], int32(i))
	}
	const sectors, seen = 16, 0.5
	reach := math.Sqrt(perColumn / (seen * math.Pi * float64(rows)))
	for range columns {
		var c Column
		p := point{rng.Float64(), rng.Float64()}
		if rng.IntN(3) == 0 { // near a settlement
			q := points[rng.IntN(rows)]
			p = point{inside(q.x + 0.003*rng.NormFloat64()), inside(q.y + 0.003*rng.NormFloat64())}
		}
		r := reach * (0.3 + 1.2*rng.Float64())
		var far [sectors]float64
		for k := range far {
			far[k] = r * min(1, 2*rng.Float64()*seen+0.1)
		}
		x0, y0 := at(max(0, p.x-r), max(0, p.y-r))
		x1, y1 := at(min(1, p.x+r), min(1, p.y+r))
		for cy := y0; cy <= y1; cy++ {
			for cx := x0; cx <= x1; cx++ {
				for _, i := range cells[cy*side+cx] {
					dx, dy := points[i].x-p.x, points[i].y-p.y
					k := int((math.Atan2(dy, dx) + math.Pi) / (2 * math.Pi) * sectors)
					if math.Hypot(dx, dy) <= far[min(k, sectors-1)] {
						c.Rows = append(c.Rows, i)
					}
				}
			}
		}
		slices.Sort(c.Rows)
		c.Cost = 300 + rng.Int64N(900)
		in.Columns = append(in.Columns, c)
	}
	return in
}

// BenchmarkSolve prints what the solver reaches. cpu-s is the processor time of one
// solution, gap-% its gap, off-% how far its value is from the certified optimum. Run
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
		{"inst_b.txt", Problem{}, 171912, []int{30, 300}},
		{"inst_b.txt", Problem{Goal: Budget, Budget: 60000}, 286070, []int{30, 300, 1000}},
		{"inst_b.txt", Problem{Goal: Count, Count: 50}, 235587, []int{30, 300}},
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
	for _, p := range []Problem{{}, {Goal: Budget, Budget: 200_000}, {Goal: Count, Count: 300}} {
		for _, effort := range []int{300, 3000} {
			p.Effort = effort
			b.Run(fmt.Sprintf("landscape/%v/effort=%d", p.Goal, effort), func(b *testing.B) {
				benchmark(b, landscape(100_000, 20_000, 80, 1), p, 0)
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
	begin := cpu(b)
	for b.Loop() {
		var err error
		if res, err = Solve(context.Background(), in, p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-begin).Seconds()/float64(b.N), "cpu-s")
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
