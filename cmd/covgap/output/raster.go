package output

import (
	"io"
	"math"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/table"
	"github.com/paulmach/orb"
)

// Hexes is a grid of hexes as a raster shows them.
type Hexes struct {
	Cells     []hexgrid.Cell // of one resolution
	Outlines  []orb.Ring     // of Cells; nil to compute them
	SignalDBm []float64      // NaN for none
	Class     []data.Class
}

func (h *Hexes) outline(i int) orb.Ring {
	if h.Outlines != nil {
		return h.Outlines[i]
	}
	return h.Cells[i].Boundary()
}

// Raster is hexes painted on a lattice of longitude and latitude.
type Raster struct {
	header geotiff.Header
	hexes  *Hexes
	at     []int32 // index of the hex that holds the middle of each pixel, -1 for none
}

// A raster's pixel is finer than a hex: pixelsPerEdge on the length of its edge, in
// whole steps of a tenth of an arc-second.
const (
	pixelsPerEdge = 1.5
	pixelStepDeg  = 0.1 / 3600
)

// maxPixels is the most that a raster has; a larger area has coarser pixels.
const maxPixels = 100e6

// NewRaster paints hexes, of which there must be one.
func NewRaster(hexes *Hexes) *Raster {
	bound := hexes.outline(0).Bound()
	for i := range hexes.Cells[1:] {
		for _, corner := range hexes.outline(1 + i) {
			bound = bound.Extend(corner)
		}
	}
	edgeM := hexgrid.EdgeM(hexes.Cells[0].Resolution())
	bound = geodesy.Pad(bound, edgeM)
	const metresPerDegree = 111_000 // of latitude, about
	step := pixelStepDeg * math.Max(1, math.Floor(edgeM/pixelsPerEdge/metresPerDegree/pixelStepDeg))
	for (bound.Max[0]-bound.Min[0])/step*(bound.Max[1]-bound.Min[1])/step > maxPixels {
		step *= 2
	}
	west, north := math.Floor(bound.Min[0]/step)*step, math.Ceil(bound.Max[1]/step)*step
	r := &Raster{hexes: hexes, header: geotiff.Header{
		Width: int(math.Ceil((bound.Max[0] - west) / step)), Height: int(math.Ceil((north - bound.Min[1]) / step)),
		West: west + step/2, North: north - step/2, StepX: step, StepY: step, EPSG: 4326, Geographic: true, HasNoData: true,
	}}
	r.at = make([]int32, r.header.Width*r.header.Height)
	for i := range r.at {
		r.at[i] = -1
	}
	for i := range hexes.Cells {
		r.paint(hexes.outline(i), int32(i))
	}
	return r
}

// paint gives the pixels whose middle lies in a convex ring to a hex. West edges are
// in, east edges out: of neighbours each pixel has one.
func (r *Raster) paint(ring orb.Ring, index int32) {
	h := &r.header
	b := ring.Bound()
	for y := max(0, int(math.Ceil((h.North-b.Max[1])/h.StepY))); y < h.Height; y++ {
		lat := h.North - float64(y)*h.StepY
		if lat < b.Min[1] {
			return
		}
		west, east := math.Inf(1), math.Inf(-1)
		for k := 1; k < len(ring); k++ {
			p, q := ring[k-1], ring[k]
			if p[1] <= lat == (q[1] <= lat) {
				continue
			}
			x := p[0] + (lat-p[1])/(q[1]-p[1])*(q[0]-p[0])
			west, east = math.Min(west, x), math.Max(east, x)
		}
		if west > east {
			continue
		}
		for x := max(0, int(math.Ceil((west-h.West)/h.StepX))); x < h.Width && h.West+float64(x)*h.StepX < east; x++ {
			r.at[y*h.Width+x] = index
		}
	}
}

// cog is how rasters are stored.
func cog(overviews geotiff.Resampling, predictor geotiff.Predictor) geotiff.Layout {
	return geotiff.Layout{Compression: geotiff.Deflate, Predictor: predictor, TileSize: 512, Overviews: overviews}
}

// noLevel is the value of pixels without a level.
const noLevel = -9999

// WriteLevels writes the median levels, dBm to a tenth, as a cloud-optimised GeoTIFF of
// float32. Pixels without level are -9999.
func (r *Raster) WriteLevels(w io.Writer) error {
	h := r.header
	h.NoData, h.Unit = noLevel, "dBm"
	// Rounded as the column is, which other files have.
	column := table.Column{Type: table.Number, Decimals: 1}
	levels := make([]float32, len(r.hexes.SignalDBm))
	for i, v := range r.hexes.SignalDBm {
		levels[i] = noLevel
		rounded, err := column.Value(v)
		if err != nil {
			return err
		}
		if x, ok := rounded.(float64); ok { // else there is none
			levels[i] = float32(x)
		}
	}
	samples := make([]float32, len(r.at))
	for i, k := range r.at {
		samples[i] = noLevel
		if k >= 0 {
			samples[i] = levels[k]
		}
	}
	return geotiff.Encode(w, h, samples, cog(geotiff.Average, geotiff.FloatingPoint))
}

// classCodes are the values of classes in a raster; 0 is outside the grid.
var classCodes = map[data.Class]uint8{data.Served: 1, data.Weak: 2, data.None: 3}

// WriteClasses writes the classes as a cloud-optimised GeoTIFF of bytes with a palette:
// 1 served, 2 weak, 3 none, 0 outside the grid.
func (r *Raster) WriteClasses(w io.Writer) error {
	h := r.header
	h.NoData, h.Unit = 0, "class"
	samples := make([]uint8, len(r.at))
	for i, k := range r.at {
		if k >= 0 {
			samples[i] = classCodes[r.hexes.Class[k]]
		}
	}
	l := cog(geotiff.Majority, geotiff.NoPredictor)
	l.Palette = [][3]uint8{{255, 255, 255}, rgb(servedColor), rgb(weakColor), rgb(noneColor)}
	return geotiff.Encode(w, h, samples, l)
}
