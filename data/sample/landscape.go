package sample

import (
	"context"
	"math"

	"github.com/paulmach/orb"
)

// Spacing of the rasters, in arc-seconds: erosion starts coarse and is refined to
// the base on which the province is laid out; stations are placed on the survey,
// whatever the spacing of the tiles, so that the records do not depend on it.
const (
	startSec  = 24
	baseSec   = 6
	surveySec = 3
)

// Steps of erosion at each spacing: the first shape the valleys, the last only
// let the finer brooks find their beds.
var erosionSteps = [3]int{40, 9, 2}

// Shape of the landscape.
const (
	riverKm2       = 5.0 // catchment from which a stream has a valley floor
	floorKm        = 0.17
	floorGrowth    = 0.28 // floor width grows with this power of the catchment
	floorRise      = 0.012
	crestKm        = 1.7   // wavelength of the spurs on slopes
	crestM         = 62.0  // their height where slopes are steep
	roughKm        = 0.33  // wavelength of the ground's roughness
	roughM         = 2.2   // its amplitude on a valley floor
	karstKm        = 0.85  // spacing of karst towers
	karstM         = 230.0 // height of the highest
	lowestUplift   = 22.0
	middleUplift   = 95.0
	highlandUplift = 95.0
)

// landscape is the ground everything stands on.
type landscape struct {
	plan *plan
	base raster
	// On the base raster: height, slope of the valley-free ground as the share
	// of the spurs that show, share of karst, and how much a cell is valley
	// floor (1) or hillside (0).
	z, crest, karst, floor []float32
	area                   []float32 // catchment, km²

	crests, warpX, warpY, rough, towers noise

	survey *heights
}

// heights is a raster of heights in metres.
type heights struct {
	raster
	z []float32
}

// townKm is where the basin of the main town lies, in the plane.
func (pl *plan) town(seed uint64) orb.Point {
	rnd := newRandom(seed, streamUplift)
	lon := float64(pl.boundSec[0]+pl.boundSec[2])/2 + float64(pl.townOffsetLonSec)
	lat := float64(pl.boundSec[1]+pl.boundSec[3])/2 + float64(pl.townOffsetLatSec)
	return orb.Point{
		lon/3600 + rnd.between(-1, 1)*pl.townWanderKm/kmPerDegreeLon,
		lat/3600 + rnd.between(-1, 1)*pl.townWanderKm/kmPerDegreeLat,
	}
}

func newLandscape(ctx context.Context, pl *plan, seed uint64) (*landscape, error) {
	start := raster{
		westSec: pl.westSec, northSec: pl.southSec + 3600*pl.tilesLat, stepSec: startSec,
		w: 3600*pl.tilesLon/startSec + 1, h: 3600*pl.tilesLat/startSec + 1,
	}
	l := &landscape{
		plan:   pl,
		crests: newNoise(seed, streamDetail), towers: newNoise(seed, streamKarst),
	}
	seeds := newRandom(seed, streamDetail)
	seeds.float() // the first is the crests'
	l.warpX, l.warpY, l.rough = noise(seeds.pcg.Uint64()), noise(seeds.pcg.Uint64()), noise(seeds.pcg.Uint64())

	e := newErosion(start, pl.outlets)
	first := newNoise(seed, streamErosion)
	for k := range e.z {
		if !e.fixed[k] {
			x, y := km(e.point(k))
			// Rough down to the last cell: what the first rain finds decides how
			// the rivers wind.
			e.z[k] = 400 + 60*first.sum(x/30, y/30, 3) + 90*first.at(x/5, y/5) +
				120*first.at(x/1.7, y/1.7) + 160*float64(first.hash(k, 0)&0xFFFF)/65536
		}
	}
	for level, steps := range erosionSteps {
		if level > 0 {
			var err error
			if e, err = e.refined(ctx, pl.outlets, first); err != nil {
				return nil, err
			}
		}
		if err := l.raise(ctx, e, seed); err != nil {
			return nil, err
		}
		if err := e.run(ctx, steps); err != nil {
			return nil, err
		}
	}
	l.base = e.raster
	if err := l.finish(ctx, e, seed); err != nil {
		return nil, err
	}
	l.survey = &heights{raster: raster{
		l.base.westSec, l.base.northSec, surveySec,
		(l.base.w-1)*baseSec/surveySec + 1, (l.base.h-1)*baseSec/surveySec + 1,
	}}
	l.survey.z = make([]float32, l.survey.w*l.survey.h)
	err := eachRow(ctx, l.survey.h, func(j int) {
		for i := range l.survey.w {
			l.survey.z[j*l.survey.w+i] = float32(l.at(l.survey.lon(i), l.survey.lat(j), surveySec))
		}
	})
	return l, err
}

// raise gives the uplift: high in the west, a plateau of karst in the east, a
// basin around the main town and smaller ones where the noise is low.
func (l *landscape) raise(ctx context.Context, e *erosion, seed uint64) error {
	field := newNoise(seed, streamUplift)
	hardness := newNoise(seed, streamErosion)
	town := l.plan.town(seed)
	highX, _ := km(town)
	highX -= l.plan.highlandWestOfTownKm
	return eachRow(ctx, e.h, func(j int) {
		for i := range e.w {
			p := orb.Point{e.lon(i), e.lat(j)}
			x, y := km(p)
			wx, wy := x+6*field.at(x/22+3, y/22), y+6*field.at(x/22, y/22+9)
			u := middleUplift * (1 + 0.75*field.sum(wx/42, wy/42, 4))
			west := (x - highX) / 34
			u += highlandUplift / (1 + west*west)
			basin := apartKm(p, town) / l.plan.townRadiusKm * (1 + 0.3*field.at(x/5, y/5))
			u *= 1 - 0.9/(1+basin*basin*basin*basin)
			k := j*e.w + i
			e.uplift[k] = max(lowestUplift, u)
			// Rivers wind around hard rock.
			rock := hardness.at(x/2.3, y/2.3) + 0.7*hardness.at(x/0.9+7, y/0.9)
			e.soft[k] = 1 + 0.75*min(1, max(-1, rock))
		}
	})
}

// finish scales the eroded block to the province's summit, lays out the valley
// floors and the fields that steer the detail.
func (l *landscape) finish(ctx context.Context, e *erosion, seed uint64) error {
	n := len(e.z)
	lowest, highest := math.Inf(1), math.Inf(-1)
	for k, z := range e.z {
		lowest = min(lowest, z)
		if l.inBounds(k) {
			highest = max(highest, z)
		}
	}
	scale := (l.plan.peakM - crestM - lowest) / (highest - lowest)
	for k := range e.z {
		e.z[k] = lowest + (e.z[k]-lowest)*scale
	}

	// Every cell learns its nearest river: distance, height and the floor's width.
	var rivers []int
	for k, a := range e.area {
		if a >= riverKm2 {
			rivers = append(rivers, k)
		}
	}
	river, distance := e.nearest(rivers)
	l.z, l.floor = make([]float32, n), make([]float32, n)
	l.crest, l.karst, l.area = make([]float32, n), make([]float32, n), make([]float32, n)
	for k := range n {
		bed := rivers[river[k]]
		soft := min(4, max(0.6, middleUplift/e.uplift[bed]))
		width := floorKm * math.Pow(e.area[bed]/riverKm2, floorGrowth) * soft
		d := float64(distance[k])
		hill := ramp(d, 0.5*width, 2.4*width)
		above := e.z[k] - e.z[bed]
		l.z[k] = float32(e.z[bed] + above*hill + (1-hill)*min(above, 1000*floorRise*d))
		l.floor[k] = float32(1 - hill)
		l.area[k] = float32(e.area[k])
	}
	// Where two floors of different height meet, the step becomes a bank.
	for range 2 {
		if err := l.smooth(ctx); err != nil {
			return err
		}
	}

	field := newNoise(seed, streamKarst)
	town := l.plan.town(seed)
	townX, _ := km(town)
	return eachRow(ctx, l.base.h, func(j int) {
		for i := range l.base.w {
			k := j*l.base.w + i
			x, y := km(l.base.point(k))
			slope := l.baseSlope(i, j)
			l.crest[k] = float32(ramp(slope, 0.04, 0.42)) * (1 - l.floor[k])
			limestone := 1.1*field.sum(x/20, y/20, 4) + 0.016*(x-townX)
			l.karst[k] = float32(ramp(limestone, 0.05, 0.45)*(1-0.7*ramp(slope, 0.3, 0.7))) *
				(1 - l.floor[k]*l.floor[k])
		}
	})
}

// inBounds says whether a base cell may belong to the province.
func (l *landscape) inBounds(k int) bool {
	lon := l.base.westSec + k%l.base.w*l.base.stepSec
	lat := l.base.northSec - k/l.base.w*l.base.stepSec
	b := &l.plan.boundSec
	return lon >= b[0] && lat >= b[1] && lon <= b[2] && lat <= b[3]
}

// smooth blends each cell of a valley floor with its neighbours.
func (l *landscape) smooth(ctx context.Context) error {
	out := make([]float32, len(l.z))
	w := l.base.w
	err := eachRow(ctx, l.base.h, func(j int) {
		for i := range w {
			k := j*w + i
			out[k] = l.z[k]
			if i == 0 || j == 0 || i == w-1 || j == l.base.h-1 {
				continue
			}
			mean := (4*l.z[k] + 2*(l.z[k-1]+l.z[k+1]+l.z[k-w]+l.z[k+w]) +
				l.z[k-w-1] + l.z[k-w+1] + l.z[k+w-1] + l.z[k+w+1]) / 16
			out[k] += (mean - l.z[k]) * (0.5 + 0.5*l.floor[k])
		}
	})
	l.z = out
	return err
}

// baseSlope is the slope (tangent) of the base at a cell.
func (l *landscape) baseSlope(i, j int) float64 {
	w, h := l.base.w, l.base.h
	dx, dy := l.base.stepKm()
	x0, x1, y0, y1 := max(i-1, 0), min(i+1, w-1), max(j-1, 0), min(j+1, h-1)
	sx := float64(l.z[j*w+x1]-l.z[j*w+x0]) / (1000 * dx * float64(x1-x0))
	sy := float64(l.z[y1*w+i]-l.z[y0*w+i]) / (1000 * dy * float64(y1-y0))
	return math.Sqrt(sx*sx + sy*sy)
}

// at gives the height in metres at a place, with the detail a raster of stepSec
// can show.
func (l *landscape) at(lon, lat float64, stepSec int) float64 {
	x, y := km(orb.Point{lon, lat})
	// A bend of up to 90 m takes the straight lines of the eight drainage
	// directions out of the base.
	wx, wy := 0.09*l.warpX.at(x/0.9, y/0.9), 0.09*l.warpY.at(x/0.9, y/0.9)
	u := (lon + wx/kmPerDegreeLon - l.base.lon(0)) * 3600 / baseSec
	v := (l.base.lat(0) - lat - wy/kmPerDegreeLat) * 3600 / baseSec
	u, v = min(max(u, 0), float64(l.base.w-1)), min(max(v, 0), float64(l.base.h-1))
	i, j := min(int(u), l.base.w-2), min(int(v), l.base.h-2)
	fu, fv := u-float64(i), v-float64(j)
	k := j*l.base.w + i

	z := l.cubic(i, j, fu, fv)
	octaves, roughOctaves := 3, 2
	if stepSec < surveySec {
		octaves, roughOctaves = 5, 4
	}
	crest := l.blend(l.crest, k, fu, fv)
	if crest > 0 {
		// Spurs stand out and gullies cut in: zero on average.
		z += crestM * crest * (l.crests.ridged((x+2*wx)/crestKm, (y+2*wy)/crestKm, octaves) - 0.75)
	}
	if karst := l.blend(l.karst, k, fu, fv); karst > 0 {
		bx, by := 0.2*l.warpX.at(x/0.5, y/0.5), 0.2*l.warpY.at(x/0.5, y/0.5)
		z += karstM * karst * l.towers.tower((x+bx)/karstKm, (y+by)/karstKm)
	}
	z += roughM * (1 + 3*crest) * l.rough.sum(x/roughKm, y/roughKm, roughOctaves)
	return max(z, 1)
}

// blend interpolates a field of the base between four cells.
func (l *landscape) blend(field []float32, k int, fu, fv float64) float64 {
	a, b := float64(field[k]), float64(field[k+1])
	c, d := float64(field[k+l.base.w]), float64(field[k+l.base.w+1])
	a += (b - a) * fu
	c += (d - c) * fu
	return a + (c-a)*fv
}

// cubic interpolates the height of the base by Catmull-Rom splines.
func (l *landscape) cubic(i, j int, fu, fv float64) float64 {
	w, h := l.base.w, l.base.h
	cu, cv := catmullRom(fu), catmullRom(fv)
	z := 0.0
	for n := range 4 {
		row := l.z[min(max(j+n-1, 0), h-1)*w:]
		z += cv[n] * (cu[0]*float64(row[max(i-1, 0)]) + cu[1]*float64(row[i]) +
			cu[2]*float64(row[i+1]) + cu[3]*float64(row[min(i+2, w-1)]))
	}
	return z
}

func catmullRom(t float64) [4]float64 {
	return [4]float64{
		t * (-0.5 + t*(1-0.5*t)),
		1 + t*t*(-2.5+1.5*t),
		t * (0.5 + t*(2-1.5*t)),
		t * t * (-0.5 + 0.5*t),
	}
}

// metres gives the survey's height at a place, bilinear; the nearest edge outside.
func (h *heights) metres(p orb.Point) float64 { return h.between(h.position(p)) }

// position gives the columns and rows from the north-west corner to a place.
func (h *heights) position(p orb.Point) (u, v float64) {
	return (p[0]*3600 - float64(h.westSec)) / float64(h.stepSec), (float64(h.northSec) - p[1]*3600) / float64(h.stepSec)
}

// between is metres for a position.
func (h *heights) between(u, v float64) float64 {
	u, v = min(max(u, 0), float64(h.w-1)), min(max(v, 0), float64(h.h-1))
	i, j := min(int(u), h.w-2), min(int(v), h.h-2)
	fu, fv := float32(u-float64(i)), float32(v-float64(j))
	north := h.z[j*h.w+i:][:2]
	south := h.z[(j+1)*h.w+i:][:2]
	a := north[0] + (north[1]-north[0])*fu
	c := south[0] + (south[1]-south[0])*fu
	return float64(a + (c-a)*fv)
}

// slope gives the slope (tangent) of the survey's ground at a place, over about 180 m.
func (h *heights) slope(p orb.Point) float64 {
	const d = 1.0 / 1200
	sx := (h.metres(orb.Point{p[0] + d, p[1]}) - h.metres(orb.Point{p[0] - d, p[1]})) / (2000 * d * kmPerDegreeLon)
	sy := (h.metres(orb.Point{p[0], p[1] + d}) - h.metres(orb.Point{p[0], p[1] - d})) / (2000 * d * kmPerDegreeLat)
	return math.Sqrt(sx*sx + sy*sy)
}
