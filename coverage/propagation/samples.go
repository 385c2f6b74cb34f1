package propagation

import "math"

// Samples is the ground under a ray, the transmitter's place first.
type Samples struct {
	Spacing *Spacing
	// TerrainM is the terrain above sea level, ClutterM the representative clutter
	// height above it, both in metres; a nil ClutterM stands for none anywhere. Once a
	// terrain height is NaN the path has no value any more.
	TerrainM, ClutterM []float64
	Zone               []Zone // nil for inland throughout
}

// Spacing is where the samples of rays lie, with all that a ray computes from their
// distances alone: rays that share it find that done.
type Spacing struct {
	distanceM []float64
	squareM2  []float64 // of distanceM
	// Weights of a sample's height in the sums (83) and (84) of P.1812 once another
	// sample follows.
	fit1M, fit2M2 []float64
}

// NewSpacing prepares samples at distances from the transmitter in metres: 0 first,
// strictly increasing.
func NewSpacing(distanceM []float64) *Spacing {
	s := &Spacing{}
	for _, d := range distanceM {
		s.add(d)
	}
	return s
}

// DistanceM gives the distance of sample i from the transmitter.
func (s *Spacing) DistanceM(i int) float64 { return s.distanceM[i] }

func (s *Spacing) clear() {
	for _, v := range []*[]float64{&s.distanceM, &s.squareM2, &s.fit1M, &s.fit2M2} {
		*v = (*v)[:0]
	}
}

func (s *Spacing) add(distanceM float64) {
	n := len(s.distanceM)
	s.distanceM = append(s.distanceM, distanceM)
	s.squareM2 = append(s.squareM2, distanceM*distanceM)
	if n > 0 {
		beforeM := s.distanceM[n-1]
		gapM := distanceM - beforeM
		s.fit1M[n-1] += gapM
		s.fit2M2[n-1] += gapM * (distanceM + 2*beforeM)
	}
	first, second := s.lastWeights(n)
	s.fit1M, s.fit2M2 = append(s.fit1M, first), append(s.fit2M2, second)
}

// lastWeights are the weights of a sample's height in those sums when it is the last.
func (s *Spacing) lastWeights(last int) (first, second float64) {
	if last == 0 {
		return 0, 0
	}
	gapM := s.distanceM[last] - s.distanceM[last-1]
	return gapM, gapM * (2*s.distanceM[last] + s.distanceM[last-1])
}

// validHeight says whether a terrain height is one; NaN is not.
func validHeight(heightM float64) bool { return math.Abs(heightM) <= maxHeightM }
