package sample

import (
	"context"
	"math"
)

// erosion lets rivers cut an uplifted block until every brook has the slope its
// catchment gives it: the stream-power law
//
//	dz/dt = U - K A^m S
//
// solved implicitly along the drainage tree (Braun & Willett, "A very efficient
// O(n), implicit and parallel method to solve the stream power equation",
// Geomorphology 180–181, 2013, doi:10.1016/j.geomorph.2012.10.008). Lengths are
// kilometres, areas km², heights metres; time is in units of 1/K.
type erosion struct {
	raster
	z      []float64 // metres
	uplift []float64 // U/K, metres
	soft   []float64 // erodibility of the rock, about 1
	fixed  []bool    // river mouths: their height is given

	receiver []int32   // the cell each cell drains to; itself at a mouth
	order    []int32   // every receiver before what drains to it
	area     []float64 // catchment, km²
}

// Constants of the law. Its concavity m is 1/2, within the 0.4 to 0.6 that rivers
// show (Kirby & Whipple, "Expression of active tectonics in erosional landscapes",
// J. Struct. Geol. 44, 2012, doi:10.1016/j.jsg.2012.07.009) and a square root,
// which every machine rounds alike. Slopes above maxSlope fail in landslides
// instead of growing.
const (
	scatterM      = 14.0   // unevenness of the ground that each refinement brings
	maxSlope      = 0.80   // tangent
	minRiverSlope = 0.0002 // keeps water running across a plain
)

// outlet is a stretch of the block's edge where a river leaves.
type outlet struct {
	side   side
	at     float64 // along the side, 0 west or south to 1
	levelM float64
}

type side int

const (
	south side = iota
	west
	east
	north
)

// cell gives the cell of an outlet on a raster.
func (o outlet) cell(r raster) int {
	i, j := int(o.at*float64(r.w-1)), int((1-o.at)*float64(r.h-1))
	switch o.side {
	case south:
		return (r.h-1)*r.w + i
	case north:
		return i
	case west:
		return j * r.w
	default:
		return j*r.w + r.w - 1
	}
}

func newErosion(r raster, outlets []outlet) *erosion {
	n := r.w * r.h
	e := &erosion{
		raster: r,
		z:      make([]float64, n), uplift: make([]float64, n), soft: make([]float64, n), fixed: make([]bool, n),
		receiver: make([]int32, n), order: make([]int32, 0, n), area: make([]float64, n),
	}
	for _, o := range outlets {
		k := o.cell(r)
		e.fixed[k] = true
		e.z[k] = o.levelM
	}
	return e
}

// Refining bends the block: the straight lines that eight drainage directions
// leave become bends of two sizes.
const (
	bendKm       = 8.0 // wavelengths
	smallBendKm  = 2.6
	bendByKm     = 0.9 // displacements
	smallBendBy  = 0.28
	bendMarginKm = 10.0 // no bending at the edge, where rivers leave
)

// refined gives the same block at half the spacing.
func (e *erosion) refined(ctx context.Context, outlets []outlet, scatter noise) (*erosion, error) {
	fine := newErosion(raster{e.westSec, e.northSec, e.stepSec / 2, 2*e.w - 1, 2*e.h - 1}, outlets)
	dx, dy := e.stepKm()
	err := eachRow(ctx, fine.h, func(j int) {
		for i := range fine.w {
			k := j*fine.w + i
			if fine.fixed[k] {
				continue
			}
			x, y := km(fine.point(k))
			edge := min(float64(min(i, fine.w-1-i))*dx, float64(min(j, fine.h-1-j))*dy) / 2
			bend := ramp(edge, 0, bendMarginKm)
			u := float64(i)/2 + bend/dx*(bendByKm*scatter.at(x/bendKm+40, y/bendKm)+smallBendBy*scatter.at(x/smallBendKm+80, y/smallBendKm))
			v := float64(j)/2 + bend/dy*(bendByKm*scatter.at(x/bendKm, y/bendKm+40)+smallBendBy*scatter.at(x/smallBendKm, y/smallBendKm+80))
			u, v = min(max(u, 0), float64(e.w-1)), min(max(v, 0), float64(e.h-1))
			a, b := min(int(u), e.w-2), min(int(v), e.h-2)
			fu, fv := u-float64(a), v-float64(b)
			n := b*e.w + a
			top := e.z[n] + (e.z[n+1]-e.z[n])*fu
			foot := e.z[n+e.w] + (e.z[n+e.w+1]-e.z[n+e.w])*fu
			fine.z[k] = top + (foot-top)*fv + scatterM*float64(scatter.hash(k, fine.w)&0xFFFF)/65536
		}
	})
	return fine, err
}

// flood raises every cell above the cell it drains to (Barnes, Lehman & Mulla,
// "Priority-flood", Computers & Geosciences 62, 2014,
// doi:10.1016/j.cageo.2013.04.024).
func (e *erosion) flood() {
	seen := make([]bool, len(e.z))
	var f frontier
	for k, fixed := range e.fixed {
		if fixed {
			seen[k] = true
			f.push(e.z[k], k)
		}
	}
	dx, _ := e.stepKm()
	rise := minRiverSlope * dx * 1000
	for len(f) > 0 {
		_, cell := f.pop()
		x, y := cell%e.w, cell/e.w
		for _, nb := range neighbours {
			i, j := x+nb[0], y+nb[1]
			if i < 0 || j < 0 || i >= e.w || j >= e.h {
				continue
			}
			k := j*e.w + i
			if seen[k] {
				continue
			}
			seen[k] = true
			e.z[k] = max(e.z[k], e.z[cell]+rise)
			f.push(e.z[k], k)
		}
	}
}

// drain finds where every cell drains to, and the order and catchments that follow.
// Every cell must have a lower neighbour or be a mouth.
func (e *erosion) drain(ctx context.Context) error {
	dx, dy := e.stepKm()
	lengths := [8]float64{dx, dy, dx, dy}
	for d := 4; d < 8; d++ {
		lengths[d] = math.Sqrt(dx*dx + dy*dy)
	}
	err := eachRow(ctx, e.h, func(j int) {
		for i := range e.w {
			k := j*e.w + i
			e.receiver[k] = int32(k)
			if e.fixed[k] {
				continue
			}
			steepest := 0.0
			for d, nb := range neighbours {
				x, y := i+nb[0], j+nb[1]
				if x < 0 || y < 0 || x >= e.w || y >= e.h {
					continue
				}
				to := y*e.w + x
				if s := (e.z[k] - e.z[to]) / lengths[d]; s > steepest {
					steepest = s
					e.receiver[k] = int32(to)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	n := len(e.z)
	first, next := make([]int32, n), make([]int32, n)
	for k := range first {
		first[k] = -1
	}
	e.order = e.order[:0]
	for k := n - 1; k >= 0; k-- {
		if to := e.receiver[k]; int(to) != k {
			next[k] = first[to]
			first[to] = int32(k)
		}
	}
	for k := range n {
		if int(e.receiver[k]) == k {
			e.order = append(e.order, int32(k))
		}
	}
	for k := 0; k < len(e.order); k++ {
		for d := first[e.order[k]]; d >= 0; d = next[d] {
			e.order = append(e.order, d)
		}
	}
	cell := dx * dy
	for k := range e.area {
		e.area[k] = cell
	}
	for k := n - 1; k >= 0; k-- {
		if c := e.order[k]; e.receiver[c] != c {
			e.area[e.receiver[c]] += e.area[c]
		}
	}
	return nil
}

// run takes steps of unit time.
func (e *erosion) run(ctx context.Context, steps int) error {
	dx, dy := e.stepKm()
	diagonal := math.Sqrt(dx*dx + dy*dy)
	power := make([]float64, len(e.z))
	e.flood()
	for range steps {
		if err := e.drain(ctx); err != nil {
			return err
		}
		if err := eachRow(ctx, e.h, func(j int) {
			for k := j * e.w; k < (j+1)*e.w; k++ {
				power[k] = e.soft[k] * math.Sqrt(e.area[k])
			}
		}); err != nil {
			return err
		}
		for _, k := range e.order {
			to := e.receiver[k]
			if to == k {
				continue
			}
			length := diagonal
			switch diff := k - to; {
			case diff == 1 || diff == -1:
				length = dx
			case int(diff) == e.w || int(diff) == -e.w:
				length = dy
			}
			f := power[k] / length
			z := (e.z[k] + e.uplift[k] + f*e.z[to]) / (1 + f)
			e.z[k] = min(max(z, e.z[to]+minRiverSlope*length*1000), e.z[to]+maxSlope*length*1000)
		}
	}
	return e.drain(ctx)
}
