package robust

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"golang.org/x/sync/errgroup"
)

// How many hexes of a village, that stand for equal parts of it, and how many of the
// strongest servers of each are asked under a second model.
const (
	secondHexes   = 8
	secondServers = 3
)

// SecondInput is what a second opinion depends on.
type SecondInput struct {
	Criterion  criterion.Criterion
	Receptions []criterion.Reception
	Sites      []data.Site // that Reception.Sites are indexes of
	// First are the parameters under which the receptions were computed, Second the
	// same with the other model.
	First, Second sweep.Params
	Workers       int // 0 stands for one a core
}

// Agree says for each village whether a second model leaves it on the same side of the
// criterion, judged on a few of its hexes by exact paths to their strongest servers:
// each level moves by the difference of the two models on its path. A path without
// value under the second model silences its site. The error wraps sweep.ErrParams, or
// is that of ctx.
func Agree(ctx context.Context, in SecondInput) ([]bool, error) {
	if in.Workers <= 0 {
		in.Workers = runtime.GOMAXPROCS(0)
	}
	out := make([]bool, len(in.Receptions))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(in.Workers, len(out)) {
		g.Go(func() error {
			first, err := sweep.NewPather(in.First)
			if err != nil {
				return fmt.Errorf("robust: %w", err)
			}
			second, err := sweep.NewPather(in.Second)
			if err != nil {
				return fmt.Errorf("robust: %w", err)
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(out) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				out[i] = in.agree(&in.Receptions[i], first, second)
			}
		})
	}
	return out, g.Wait()
}

// agree judges a few hexes as they are and as the second model has them.
func (in *SecondInput) agree(r *criterion.Reception, first, second *sweep.Pather) bool {
	var total, now, then float64
	shift := make([]float64, len(r.Sites))
	for _, i := range sample(r, secondHexes, in.Criterion.Rule) {
		cell, weight := r.Cell(i)
		if in.Criterion.Rule == criterion.Centre {
			weight = 1
		}
		total += weight
		clear(shift)
		if r.Class(i, shift) == data.Served {
			now += weight
		}
		servers := slices.Clone(r.Servers(i))
		slices.SortStableFunc(servers, func(a, b criterion.Server) int {
			switch {
			case a.MarginDB > b.MarginDB:
				return -1
			case a.MarginDB < b.MarginDB:
				return 1
			}
			return 0
		})
		for k := range shift {
			shift[k] = math.Inf(-1) // of servers that are not asked
		}
		asked := map[int32]bool{}
		for _, s := range servers {
			if asked[s.Site] || len(asked) == secondServers {
				continue
			}
			asked[s.Site] = true
			site := &in.Sites[r.Sites[s.Site]]
			tx := sweep.Of(site, &site.Sectors[s.Sector])
			a, err := first.Path(tx, cell.Center())
			if err != nil {
				continue
			}
			b, err := second.Path(tx, cell.Center())
			if err != nil {
				continue
			}
			shift[s.Site] = a.LossDB - b.LossDB
		}
		if r.Class(i, shift) == data.Served {
			then += weight
		}
	}
	need := in.Criterion.TargetShare * total * (1 - 1e-9) // of sums of thousands of weights
	return (now >= need) == (then >= need)
}

// sample gives up to n hexes that stand for equal parts of a village's weight, rising;
// under the rule of the centre, the centre.
func sample(r *criterion.Reception, n int, rule criterion.Rule) []int {
	var total float64
	centre := 0
	for i := range r.Len() {
		cell, w := r.Cell(i)
		total += w
		if cell == r.Center {
			centre = i
		}
	}
	if rule == criterion.Centre {
		return []int{centre}
	}
	var out []int
	var sum float64
	for i := range r.Len() {
		_, w := r.Cell(i)
		if w == 0 {
			continue
		}
		// The middles of n equal parts: those that fall into this hex.
		from := math.Ceil(sum/total*float64(n) - 0.5)
		sum += w
		if math.Ceil(sum/total*float64(n)-0.5) > from {
			out = append(out, i)
		}
	}
	return out
}
