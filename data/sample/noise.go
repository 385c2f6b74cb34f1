package sample

import "math"

// noise is a field of gradient noise (Perlin, "Improving noise", SIGGRAPH 2002,
// doi:10.1145/566654.566636), on a lattice of unit spacing.
type noise uint64

func newNoise(seed uint64, s stream) noise {
	return noise(newRandom(seed, s).pcg.Uint64())
}

// Multipliers of the lattice coordinates: odd, with bits well spread.
const (
	hashX = 0x9E3779B97F4A7C15
	hashY = 0xC2B2AE3D27D4EB4F
)

// hash mixes a lattice point.
func (n noise) hash(x, y int) uint64 {
	return mix(uint64(n) ^ uint64(x)*hashX ^ uint64(y)*hashY)
}

func mix(h uint64) uint64 {
	h = (h ^ h>>29) * 0xBF58476D1CE4E5B9
	return h ^ h>>32
}

// The sixteen gradients, evenly spread over the circle.
var gradients = func() (g [16][2]float64) {
	// cos of 11.25°, 33.75° and their complements, typed in: no library function
	// stands between a seed and its landscape.
	const c1, c2, c3, c4 = 0.9807852804032304, 0.8314696123025452, 0.5555702330196022, 0.19509032201612825
	q := [4][2]float64{{c1, c4}, {c2, c3}, {c3, c2}, {c4, c1}}
	for i, v := range q {
		g[i] = v
		g[i+4] = [2]float64{-v[1], v[0]}
		g[i+8] = [2]float64{-v[0], -v[1]}
		g[i+12] = [2]float64{v[1], -v[0]}
	}
	return g
}()

// at gives the noise at a point, within about ±1.
func (n noise) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	x -= fx
	y -= fy
	west := uint64(n) ^ uint64(int(fx))*hashX
	east := uint64(n) ^ uint64(int(fx)+1)*hashX
	south := uint64(int(fy)) * hashY
	north := uint64(int(fy)+1) * hashY
	sw, se := &gradients[mix(west^south)&15], &gradients[mix(east^south)&15]
	nw, ne := &gradients[mix(west^north)&15], &gradients[mix(east^north)&15]
	a, b := sw[0]*x+sw[1]*y, se[0]*(x-1)+se[1]*y
	c, d := nw[0]*x+nw[1]*(y-1), ne[0]*(x-1)+ne[1]*(y-1)
	u, v := fade(x), fade(y)
	a += (b - a) * u
	c += (d - c) * u
	return (a + (c-a)*v) * 1.45
}

// sum adds octaves of half the wavelength and half the amplitude each.
func (n noise) sum(x, y float64, octaves int) float64 {
	total, amplitude := 0.0, 1.0
	for range octaves {
		total += amplitude * n.at(x, y)
		x, y = 2*x+17.3, 2*y+5.7
		amplitude /= 2
	}
	return total
}

// ridged adds octaves of sharp crests, each strong only where the coarser one is:
// Musgrave's ridged multifractal (Ebert et al., Texturing and Modeling, ch. 16).
// It lies in about 0 to 1.6.
func (n noise) ridged(x, y float64, octaves int) float64 {
	total, amplitude, weight := 0.0, 1.0, 1.0
	for range octaves {
		r := 1 - math.Abs(n.at(x, y))
		r *= r * weight
		total += amplitude * r
		weight = min(1, 1.6*r)
		x, y = 2*x+11.9, 2*y+31.1
		amplitude *= 0.5
	}
	return total
}

// tower gives karst towers around scattered points, about one to a lattice cell:
// 0 on the ground between them to 1 on the highest top.
func (n noise) tower(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	i, j := int(fx), int(fy)
	top := 0.0
	for dj := -1; dj <= 1; dj++ {
		for di := -1; di <= 1; di++ {
			h := n.hash(i+di, j+dj)
			px := fx + float64(di) + float64(h&0xFFFF)/65536
			py := fy + float64(dj) + float64(h>>16&0xFFFF)/65536
			radius := 0.35 + 0.40*float64(h>>32&0xFFFF)/65536
			d2 := ((x-px)*(x-px) + (y-py)*(y-py)) / (radius * radius)
			if d2 >= 1 {
				continue
			}
			// Steep flanks under a rounded top.
			s := 1 - d2
			s *= 2 - s
			top = max(top, s*(0.3+0.7*float64(h>>48&0xFFFF)/65536))
		}
	}
	return top
}

func fade(t float64) float64 { return t * t * t * (t*(t*6-15) + 10) }

// ramp rises smoothly from 0 at lo to 1 at hi.
func ramp(x, lo, hi float64) float64 {
	t := min(1, max(0, (x-lo)/(hi-lo)))
	return t * t * (3 - 2*t)
}
