package propagation

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// BuildingType is one of the two kinds of building of ITU-R P.2109.
type BuildingType string

// The building types of ITU-R P.2109-2 §2.1.
const (
	TraditionalBuilding BuildingType = "traditional"         // no metallised glass, no foil-backed panels
	EfficientBuilding   BuildingType = "thermally-efficient" // metallised glass, foil-backed panels
)

// building2109 is a row of P.2109-2 Table 1.
type building2109 struct {
	r, s, t float64 // median loss of a horizontal path
	u, v    float64 // σ₁
	w, x    float64 // μ₂
	y, z    float64 // σ₂
}

var (
	traditional2109 = building2109{r: 12.64, s: 3.72, t: 0.96, u: 9.6, v: 2.0, w: 9.1, x: -3.0, y: 4.5, z: -2.0}
	efficient2109   = building2109{r: 28.19, s: -3.00, t: 8.48, u: 13.5, v: 3.8, w: 27.8, x: -2.9, y: 9.4, z: -2.1}
)

// BuildingEntryLossDB is the building entry loss in dB that is not exceeded with
// this probability, ITU-R P.2109-2 §3: the loss over that outside at the same
// height, over all buildings of the type and all places in them. The frequency is 80
// to 100,000 MHz, the probability above 0 and below 1, the elevation that of the
// path at the building's face, −90° to 90°.
//
// The loss can be negative: at −3 dB and above, in places that a path reaches better
// than the reference outside. The error wraps ErrLink.
func BuildingEntryLossDB(frequencyMHz, probability, elevationDeg float64, building BuildingType) (float64, error) {
	b, err := building.coefficients(frequencyMHz, elevationDeg)
	if err != nil {
		return 0, err
	}
	if !(probability > 0 && probability < 1) {
		return 0, fmt.Errorf("%w: probability %g; it must be above 0 and below 1", ErrLink, probability)
	}
	return b.lossDB(frequencyMHz, elevationDeg, mathext.NormalQuantile(probability)), nil
}

// BuildingEntryLoss gives what a link budget takes from ITU-R P.2109-2, median and
// spread, in dB. The distribution is not normal: sigmaDB is the σ with which a
// normal distribution about the median has P.2109's own value at 90 %,
//
//	σ = (L(0.9) − L(0.5))/1.2816
//
// for a place that must be served with a probability above one half asks for the
// upper side. Arguments and errors are those of [BuildingEntryLossDB].
func BuildingEntryLoss(frequencyMHz, elevationDeg float64, building BuildingType) (medianDB, sigmaDB float64, err error) {
	b, err := building.coefficients(frequencyMHz, elevationDeg)
	if err != nil {
		return 0, 0, err
	}
	medianDB = b.lossDB(frequencyMHz, elevationDeg, 0)
	z90 := mathext.NormalQuantile(0.9)
	return medianDB, (b.lossDB(frequencyMHz, elevationDeg, z90) - medianDB) / z90, nil
}

// coefficients gives the row of the building type, after a look at the arguments
// that both functions share.
func (t BuildingType) coefficients(frequencyMHz, elevationDeg float64) (*building2109, error) {
	// The negated forms also refuse NaN.
	switch {
	case !(frequencyMHz >= 80 && frequencyMHz <= 100e3):
		return nil, fmt.Errorf("%w: frequency %g MHz; P.2109 holds for 80 to 100000 MHz", ErrLink, frequencyMHz)
	case !(math.Abs(elevationDeg) <= 90):
		return nil, fmt.Errorf("%w: elevation %g°; it must be -90° to 90°", ErrLink, elevationDeg)
	}
	switch t {
	case TraditionalBuilding:
		return &traditional2109, nil
	case EfficientBuilding:
		return &efficient2109, nil
	}
	return nil, fmt.Errorf("%w: building type %q; there are %q and %q", ErrLink, string(t), TraditionalBuilding, EfficientBuilding)
}

// lossDB is the loss at the standard normal quantile z = F⁻¹(P).
func (b *building2109) lossDB(frequencyMHz, elevationDeg, z float64) float64 {
	f := math.Log10(frequencyMHz / 1000)
	lh := b.r + b.s*f + b.t*f*f                 // (9)
	le := 0.212 * math.Abs(elevationDeg)        // (10)
	mu1, sigma1 := lh+le, b.u+b.v*f             // (5), (7)
	mu2, sigma2 := b.w+b.x*f, b.y+b.z*f         // (6), (8)
	a, c := z*sigma1+mu1, -3.0                  // (2), (4)
	return 10 * math.Log10(math.Pow(10, 0.1*a)+ // (1)
		math.Pow(10, 0.1*(z*sigma2+mu2))+ // (3)
		math.Pow(10, 0.1*c))
}
