package terrain

import (
	"context"
	"math"
	"slices"
)

const (
	// fillReachM is how far from measured samples a void is filled. Large lakes are
	// voids of this size; a larger one is terrain that nobody has measured.
	fillReachM = 8000

	// openReachM is the same for a void that reaches the edge of the data: beyond
	// it is no void but the nodata around a clipped raster.
	openReachM = 3000

	// fillToleranceM is how near to the membrane a filled height is.
	fillToleranceM = 0.01
)

// fillVoids gives a height to the voids of a grid under construction, or makes
// them missing. It calls each for every void with its samples, which belong to
// fillVoids, with the greatest distance between one of them and a measured sample,
// and with whether it was filled.
//
// Each void, a set of samples connected along rows and columns, is filled with the
// solution of Laplace's equation that has the measured heights around it as its
// edge: a membrane. It reproduces planes, never leaves the range of the heights at
// its edge, and depends on nothing else, so that the same void is filled the same
// in any window that holds it. Where a void borders on missing terrain the
// membrane's edge is free.
func fillVoids(ctx context.Context, g *Grid, each func(samples []int32, reachM float64, filled bool)) error {
	var m membrane
	for k, h := range g.HeightsM {
		if h != void32 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		open := m.flood(g, k)
		reach := m.reach(g)
		reachM := reach * g.SpacingM()
		filled := reachM <= fillReachM && (!open || reachM <= openReachM)
		if filled {
			m.solve(g, reach)
		} else {
			for _, c := range m.cells {
				g.HeightsM[c] = nan32
			}
		}
		each(m.cells, reachM, filled)
	}
	return nil
}

// membrane is one void and the equations of its surface.
type membrane struct {
	cells []int32 // samples of the void, in order
	queue []int32

	// Neighbours of each cell within the void, as places in cells, -1 for none.
	west, east, north, south []int32

	diagonal, inverse        []float64 // of the matrix; of its factor
	height, residual         []float64
	direction, product, work []float64
}

// flooded32 marks voids that flood has come to.
var flooded32 = float32(math.Inf(1))

// neighbours gives the samples north, west, east and south of k, -1 beyond the grid.
func (g *Grid) neighbours(k int32) [4]int32 {
	w := int32(g.Width)
	n := [4]int32{k - w, k - 1, k + 1, k + w}
	if k < w {
		n[0] = -1
	}
	if k%w == 0 {
		n[1] = -1
	}
	if k%w == w-1 {
		n[2] = -1
	}
	if k+w >= int32(len(g.HeightsM)) {
		n[3] = -1
	}
	return n
}

// flood collects the void that holds sample k, and says whether it reaches the
// edge of the data.
func (m *membrane) flood(g *Grid, k int) (open bool) {
	m.cells = append(m.cells[:0], int32(k))
	g.HeightsM[k] = flooded32
	for i := 0; i < len(m.cells); i++ {
		for _, n := range g.neighbours(m.cells[i]) {
			switch {
			case n < 0:
				open = true
			case g.HeightsM[n] == void32:
				g.HeightsM[n] = flooded32
				m.cells = append(m.cells, n)
			case g.HeightsM[n] != g.HeightsM[n]:
				open = true
			}
		}
	}
	slices.Sort(m.cells)
	return open
}

// reach gives the greatest distance, in samples along rows and columns, from a
// sample of the flooded void to a measured one, +Inf when there is none around it.
// It leaves the samples void.
func (m *membrane) reach(g *Grid) float64 {
	m.queue = m.queue[:0]
	for _, c := range m.cells {
		for _, n := range g.neighbours(c) {
			if n >= 0 && measured(g.HeightsM[n]) {
				m.queue = append(m.queue, c)
				break
			}
		}
	}
	if len(m.queue) == 0 {
		return math.Inf(1)
	}
	for _, c := range m.queue {
		g.HeightsM[c] = void32
	}
	steps := 1
	for first, last := 0, len(m.queue); ; steps++ {
		for ; first < last; first++ {
			for _, n := range g.neighbours(m.queue[first]) {
				if n >= 0 && g.HeightsM[n] == flooded32 {
					g.HeightsM[n] = void32
					m.queue = append(m.queue, n)
				}
			}
		}
		if last = len(m.queue); first == last {
			return float64(steps)
		}
	}
}

func measured(h float32) bool { return h > void32 && h < flooded32 }

// solve fills the void. The five-point equations are solved by conjugate
// gradients with modified incomplete Cholesky factors (I. Gustafsson, "A class of
// first order factorization methods", BIT 18, 1978, doi:10.1007/BF01931691), which
// takes a time that grows with the 5/4th power of the void's size.
//
// No sample of the void lies further than reach samples from a measured one.
func (m *membrane) solve(g *Grid, reach float64) {
	n := len(m.cells)
	m.link(g)
	for _, v := range []*[]float64{&m.diagonal, &m.inverse, &m.height, &m.residual, &m.direction, &m.product, &m.work} {
		*v = slices.Grow((*v)[:0], n)[:n]
	}

	// Samples lie nearer to each other along rows than along columns. The latitude is
	// rounded to be the same to the last bit in any window.
	middle := g.North - float64(m.cells[n/2]/int32(g.Width))*g.StepLat
	lonM, latM := metresPerDegree(math.Round(middle*1e6) / 1e6)
	ratio := g.StepLat * latM / (g.StepLon * lonM)
	along := ratio * ratio
	weights := [4]float64{1, along, along, 1} // north, west, east, south

	lowest, highest := math.Inf(1), math.Inf(-1)
	var sum, count float64
	for i, c := range m.cells {
		m.diagonal[i], m.residual[i] = 0, 0
		for d, k := range g.neighbours(c) {
			if k < 0 || g.HeightsM[k] != g.HeightsM[k] {
				continue // a free edge
			}
			m.diagonal[i] += weights[d]
			if h := g.HeightsM[k]; measured(h) {
				lowest, highest = min(lowest, float64(h)), max(highest, float64(h))
				sum += float64(h)
				count++
			}
		}
	}
	mean := sum / count
	// Heights from here on are above the mean of the edge, the first guess.
	for i, c := range m.cells {
		m.height[i] = 0
		for d, k := range g.neighbours(c) {
			if k >= 0 && measured(g.HeightsM[k]) {
				m.residual[i] += weights[d] * (float64(g.HeightsM[k]) - mean)
			}
		}
	}
	m.iterate(along, reach)
	for i, c := range m.cells {
		g.HeightsM[c] = float32(min(max(m.height[i]+mean, lowest), highest))
	}
}

// link finds the neighbours of each cell within the void.
func (m *membrane) link(g *Grid) {
	n := len(m.cells)
	for _, v := range []*[]int32{&m.west, &m.east, &m.north, &m.south} {
		*v = slices.Grow((*v)[:0], n)[:n]
		for i := range *v {
			(*v)[i] = -1
		}
	}
	above := 0 // the cell that may lie north of i
	for i, c := range m.cells {
		if i > 0 && m.cells[i-1] == c-1 && c%int32(g.Width) != 0 {
			m.west[i], m.east[i-1] = int32(i-1), int32(i)
		}
		for m.cells[above] < c-int32(g.Width) {
			above++
		}
		if m.cells[above] == c-int32(g.Width) {
			m.north[i], m.south[above] = int32(above), int32(i)
		}
	}
}

// iterate solves the equations for height, zero at first. along is the weight of a
// neighbour in the same row beside 1 for one in the same column.
//
// It stops when no height is off by more than fillToleranceM. The error e of the
// heights obeys e_i² ≤ (A⁻¹)_ii · eᵀAe; the first factor is the height of the
// membrane that a unit force lifts at i, about ln(reach)/2π + 1/4 (the Green's
// function of the plane); the second is at most rᵀM⁻¹r, which the iteration knows,
// since the modified factors M keep the eigenvalues of M⁻¹A above 1 or a little
// below, for which a factor of 4 allows.
func (m *membrane) iterate(along, reach float64) {
	m.factor(along)
	rho := m.precondition(along)
	copy(m.direction, m.work)
	enough := fillToleranceM * fillToleranceM / 4 / (math.Log(reach)/(2*math.Pi) + 0.25)
	// In exact arithmetic as many steps as there are cells are enough.
	for range len(m.cells) {
		if rho <= enough {
			return
		}
		var curve float64
		for i, d := range m.direction {
			v := m.diagonal[i]*d - along*(at(m.direction, m.west[i])+at(m.direction, m.east[i])) -
				at(m.direction, m.north[i]) - at(m.direction, m.south[i])
			m.product[i] = v
			curve += d * v
		}
		step := rho / curve
		for i, d := range m.direction {
			m.height[i] += step * d
			m.residual[i] -= step * m.product[i]
		}
		next := m.precondition(along)
		turn := next / rho
		rho = next
		for i, z := range m.work {
			m.direction[i] = z + turn*m.direction[i]
		}
	}
}

// at gives v[i], 0 for the neighbour that is not there.
func at(v []float64, i int32) float64 {
	if i < 0 {
		return 0
	}
	return v[i]
}

// factor computes the diagonal of the modified incomplete Cholesky factor: what
// the factor drops of a row is taken off its diagonal, but for the part that keeps
// the factor safely positive.
func (m *membrane) factor(along float64) {
	const (
		modified = 0.97
		safe     = 0.25
	)
	for i, d := range m.diagonal {
		e := d
		if w := m.west[i]; w >= 0 {
			q := along * m.inverse[w]
			e -= q * q
			if m.south[w] >= 0 {
				e -= modified * q * m.inverse[w]
			}
		}
		if n := m.north[i]; n >= 0 {
			q := m.inverse[n]
			e -= q * q
			if m.east[n] >= 0 {
				e -= modified * q * along * m.inverse[n]
			}
		}
		if e < safe*d {
			e = d
		}
		m.inverse[i] = 1 / math.Sqrt(e)
	}
}

// precondition solves the factored equations for work from residual, and gives the
// product of the two.
func (m *membrane) precondition(along float64) (product float64) {
	for i, r := range m.residual {
		t := r
		if w := m.west[i]; w >= 0 {
			t += along * m.inverse[w] * m.work[w]
		}
		if n := m.north[i]; n >= 0 {
			t += m.inverse[n] * m.work[n]
		}
		m.work[i] = t * m.inverse[i]
	}
	for i := len(m.work) - 1; i >= 0; i-- {
		t := m.work[i]
		if e := m.east[i]; e >= 0 {
			t += along * m.inverse[i] * m.work[e]
		}
		if s := m.south[i]; s >= 0 {
			t += m.inverse[i] * m.work[s]
		}
		m.work[i] = t * m.inverse[i]
		product += m.work[i] * m.residual[i]
	}
	return product
}
