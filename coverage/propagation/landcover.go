package propagation

import (
	"errors"
	"fmt"
	"math"

	"github.com/covgap/covgap/geo/terrain"
)

// ErrLandCover says that a land-cover table is not one, or that a map holds a class
// that its table does not.
var ErrLandCover = errors.New("propagation: invalid land cover")

// ClutterCategory is a kind of clutter in the ITU-R P-series.
type ClutterCategory string

// The categories of P.1812-8 Table 2 and P.2108-1 Table 3.
const (
	WaterClutter      ClutterCategory = "water"
	OpenClutter       ClutterCategory = "open" // open, rural
	SuburbanClutter   ClutterCategory = "suburban"
	UrbanClutter      ClutterCategory = "urban"
	ForestClutter     ClutterCategory = "forest" // trees, forest
	DenseUrbanClutter ClutterCategory = "dense-urban"
)

// ProfileHeightM is the representative clutter height in metres that P.1812-8 Table
// 2 gives along a path where nothing is known of the place, and NaN for a category
// it does not know.
func (c ClutterCategory) ProfileHeightM() float64 {
	switch c {
	case WaterClutter, OpenClutter:
		return 0
	case SuburbanClutter:
		return 10
	case UrbanClutter, ForestClutter:
		return 15
	case DenseUrbanClutter:
		return 20
	}
	return math.NaN()
}

// seenBySurface says whether a surface model already stands on this clutter: it
// sees tree tops and roofs.
func (c ClutterCategory) seenBySurface() bool {
	return c != WaterClutter && c != OpenClutter
}

// CoverClass is one class of a land-cover map with the clutter it stands for.
type CoverClass struct {
	Code     uint8           `yaml:"code" json:"code"` // its value in the map
	Name     string          `yaml:"name" json:"name"`
	Category ClutterCategory `yaml:"category" json:"category"`
	HeightM  float64         `yaml:"height_m" json:"height_m"` // representative clutter height above ground, 0 to 100 m
	Source   string          `yaml:"source" json:"source"`     // where the height comes from
}

// LandCover is the table from the classes of a land-cover map to clutter heights:
// data that a project may edit, not a constant of the program.
type LandCover struct {
	Classes []CoverClass `yaml:"classes"`
	// AddOnDSM adds the heights of trees and buildings even to a terrain that
	// declares itself a surface model, which already stands on them. Left false, such a
	// terrain takes only the heights of open land and water.
	AddOnDSM bool `yaml:"add_on_dsm"`
}

// WorldCover gives the table for ESA WorldCover 10 m (v100, v200), with heights of
// ITU-R P.1812-8 Table 2. Built-up land counts as suburban, which villages and
// small towns are; where a map's trees are tall forest, P.452-16 Table 4 has 20 m
// for tropical rain forest. Shrubs (below 5 m by the map's definition) and crops
// are open land, as in P.1812.
func WorldCover() LandCover {
	const (
		open  = "P.1812-8 Table 2, open/rural"
		trees = "P.1812-8 Table 2, trees/forest"
	)
	return LandCover{Classes: []CoverClass{
		{0, "no data", OpenClutter, 0, "nothing known: no clutter added"},
		{10, "tree cover", ForestClutter, 15, trees},
		{20, "shrubland", OpenClutter, 0, open},
		{30, "grassland", OpenClutter, 0, open},
		{40, "cropland", OpenClutter, 0, open},
		{50, "built-up", SuburbanClutter, 10, "P.1812-8 Table 2, suburban"},
		{60, "bare or sparse vegetation", OpenClutter, 0, open},
		{70, "snow and ice", OpenClutter, 0, open},
		{80, "permanent water bodies", WaterClutter, 0, "P.1812-8 Table 2, water/sea"},
		{90, "herbaceous wetland", OpenClutter, 0, open},
		{95, "mangroves", ForestClutter, 15, trees},
		{100, "moss and lichen", OpenClutter, 0, open},
	}}
}

// maxClutterM bounds a class height: nothing that a class of land stands for is
// higher on average.
const maxClutterM = 100

// Validate gives an error wrapping ErrLandCover for a table without classes, a code
// given twice, an unknown category or a height outside 0 to 100 m.
func (c LandCover) Validate() error {
	if len(c.Classes) == 0 {
		return fmt.Errorf("%w: a table without classes", ErrLandCover)
	}
	var seen [256]bool
	for _, class := range c.Classes {
		switch {
		case seen[class.Code]:
			return fmt.Errorf("%w: class %d is given twice", ErrLandCover, class.Code)
		case math.IsNaN(class.Category.ProfileHeightM()):
			return fmt.Errorf("%w: class %d (%s) has category %q; there are water, open, suburban, urban, forest and dense-urban",
				ErrLandCover, class.Code, class.Name, string(class.Category))
		case !(class.HeightM >= 0 && class.HeightM <= maxClutterM): // refuses NaN too
			return fmt.Errorf("%w: class %d (%s) has a height of %g m; it must be 0 to %d m",
				ErrLandCover, class.Code, class.Name, class.HeightM, maxClutterM)
		}
		seen[class.Code] = true
	}
	return nil
}

// ClutterHeights is a LandCover made ready for a terrain. It is safe for
// concurrent use.
type ClutterHeights struct {
	heightM [256]float64 // NaN for a code that is no class
}

// Heights makes the table ready for terrain measured to this surface. The error
// wraps ErrLandCover.
func (c LandCover) Heights(surface terrain.Surface) (*ClutterHeights, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if surface != terrain.DTM && surface != terrain.DSM {
		return nil, fmt.Errorf("%w: terrain surface %q; it must be %s or %s", ErrLandCover, string(surface), terrain.DTM, terrain.DSM)
	}
	h := &ClutterHeights{}
	for i := range h.heightM {
		h.heightM[i] = math.NaN()
	}
	for _, class := range c.Classes {
		h.heightM[class.Code] = class.HeightM
		if surface == terrain.DSM && !c.AddOnDSM && class.Category.seenBySurface() {
			h.heightM[class.Code] = 0
		}
	}
	return h, nil
}

// HeightM is the clutter height above the terrain in metres that class code adds,
// and NaN when the table has no such class.
func (h *ClutterHeights) HeightM(code uint8) float64 { return h.heightM[code] }

// Apply sets the clutter of p from the land-cover class at each of its samples,
// and clears what stands within clearingM metres of the receiver (P.1812-8 §3.2
// wants heights between the terminals; see [Profile.ClearReceiver]). It reuses the
// profile's clutter where it has the room. The error wraps ErrProfile for a number of
// classes that is not that of the samples, and ErrLandCover for a class that is
// not in the table; the clutter is then not to be used.
func (h *ClutterHeights) Apply(p *Profile, codes []uint8, clearingM float64) error {
	if len(codes) != len(p.DistanceM) {
		return fmt.Errorf("%w: %d land-cover classes for %d samples", ErrProfile, len(codes), len(p.DistanceM))
	}
	p.ClutterM = p.ClutterM[:0]
	for i, code := range codes {
		heightM := h.heightM[code]
		if math.IsNaN(heightM) {
			return fmt.Errorf("%w: class %d at %g m is not in the table", ErrLandCover, code, p.DistanceM[i])
		}
		p.ClutterM = append(p.ClutterM, heightM)
	}
	p.ClearReceiver(clearingM)
	return nil
}
