package sample

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"
	"github.com/peterstace/simplefeatures/geom"
	"github.com/tidwall/geodesic"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func generate(t testing.TB, o Options) *Province {
	t.Helper()
	p, err := Generate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Both sizes are made once for all tests that only look.
var (
	oneProvince = sync.OnceValues(func() (*Province, error) { return Generate(context.Background(), Options{Seed: 1}) })
	oneDistrict = sync.OnceValues(func() (*Province, error) { return Generate(context.Background(), Options{Seed: 1, Small: true}) })
)

func province(t testing.TB) *Province {
	t.Helper()
	p, err := oneProvince()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func district(t testing.TB) *Province {
	t.Helper()
	p, err := oneDistrict()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// both runs f on the district and, unless tests are to be short, the province of
// seed 1.
func both(t *testing.T, f func(t *testing.T, p *Province, pl *plan)) {
	t.Run("district", func(t *testing.T) { f(t, district(t), &districtPlan) })
	t.Run("province", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes seconds to make")
		}
		t.Parallel()
		f(t, province(t), &provincePlan)
	})
}

// files gives what Write makes, by name.
func files(t testing.TB, p *Province) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if err := p.Write(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOptions(t *testing.T) {
	if _, err := Generate(context.Background(), Options{ArcSeconds: 2}); !errors.Is(err, ErrOptions) {
		t.Errorf("2 arc-seconds: error %v, want ErrOptions", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Generate(ctx, Options{Small: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestSameBytes(t *testing.T) {
	want := files(t, district(t))
	previous := runtime.GOMAXPROCS(1)
	got := files(t, generate(t, Options{Seed: 1, Small: true}))
	runtime.GOMAXPROCS(previous)
	if len(want) != len(got) {
		t.Fatalf("%d files, then %d", len(want), len(got))
	}
	for name := range want {
		if !bytes.Equal(want[name], got[name]) {
			t.Errorf("%s differs with one processor", name)
		}
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	want, other := files(t, district(t)), files(t, generate(t, Options{Seed: 2, Small: true}))
	for name := range want {
		if bytes.Equal(want[name], other[name]) {
			t.Errorf("%s is the same for another seed", name)
		}
	}
}

func TestCounts(t *testing.T) {
	both(t, func(t *testing.T, p *Province, pl *plan) {
		got := []int{len(p.Communes), len(p.Villages), len(p.Sites), len(p.Tiles)}
		want := []int{pl.communes, pl.villages, pl.masts, pl.tilesLon * pl.tilesLat}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("communes, villages, masts, tiles (-want +got):\n%s", diff)
		}
		people := 0.0
		for _, v := range p.Villages {
			people += v.Population
		}
		// Rounding to whole people moves the sum by half a person a village at most.
		if math.Abs(people-pl.people) > 0.5*float64(pl.villages) || p.Area.Population != people {
			t.Errorf("%.0f people in villages, %.0f in the province, want %.0f", people, p.Area.Population, pl.people)
		}
		operators, technologies := map[string]int{}, map[data.Technology]int{}
		for _, s := range p.Sites {
			for _, c := range s.Sectors {
				operators[c.Operator]++
				technologies[c.Technology]++
			}
		}
		if len(operators) < 3 {
			t.Errorf("operators: %v", operators)
		}
		for _, tech := range []data.Technology{data.GSM, data.UMTS, data.LTE} {
			if technologies[tech] == 0 {
				t.Errorf("no %s among %v", tech, technologies)
			}
		}
	})
}

// The gaps a coverage run finds are held to 138 of 1,450 by a test of the command
// (TestTwoDates in cmd/covgap). The rule of thumb that the generator builds by must lie
// near, and so must what is declared. A fifth of those is to be without grid power, 29
// of 138.
func TestGaps(t *testing.T) {
	both(t, func(t *testing.T, p *Province, pl *plan) {
		low, high := 90*pl.villages/1450, 180*pl.villages/1450
		if g := p.Facts.ExpectedGaps; g < low || g > high {
			t.Errorf("%d gaps expected, want %d to %d", g, low, high)
		}
		if g := p.Facts.DeclaredGaps; g < low || g > high {
			t.Errorf("%d gaps declared, want %d to %d", g, low, high)
		}
		if f := p.Facts; f.DeclaredGaps != f.ExpectedGaps-f.DeclaredMissed+f.DeclaredExcess {
			t.Errorf("facts do not add up: %+v", f)
		}
		if f := p.Facts; pl == &provincePlan {
			if share := float64(f.GapsWithoutGrid) / float64(f.DeclaredGaps); share < 0.12 || share > 0.32 {
				t.Errorf("%.0f %% of the declared gaps have no grid power", 100*share)
			}
		}
		planned := 0
		for _, v := range p.Villages {
			switch {
			case v.GridPower == data.Yes && (v.GridPowerYear < 1990 || v.GridPowerYear > 2025):
				t.Errorf("%s has grid power since %d", v.ID, v.GridPowerYear)
			case v.GridPower == data.No && v.GridPowerYear != 0:
				planned++
				if v.GridPowerYear < 2026 || v.GridPowerYear > electrificationEnd {
					t.Errorf("%s is to have grid power in %d", v.ID, v.GridPowerYear)
				}
			}
		}
		if planned == 0 || planned == p.Facts.WithoutPower {
			t.Errorf("grid power planned for %d of %d villages", planned, p.Facts.WithoutPower)
		}
	})
}

// The earlier network is part of the later one: fewer masts on air, more gaps expected
// and declared, nothing on air after the later date.
func TestTwoNetworks(t *testing.T) {
	both(t, func(t *testing.T, p *Province, _ *plan) {
		earlier, late := 0, map[string]bool{}
		for i := range p.Sites {
			on, year := false, ""
			for k := range p.Sites[i].Sectors {
				s := &p.Sites[i].Sectors[k]
				on = on || s.OnAir(EarlierDate)
				if !s.OnAir(LaterDate) || s.OnAirDate < "2008-01" {
					t.Errorf("%s: on air since %s", s.ID, s.OnAirDate)
				}
				year = s.OnAirDate[:4]
			}
			if on {
				earlier++
			} else {
				late[year] = true
			}
		}
		f := &p.Facts
		if earlier != f.EarlierSites || float64(earlier) > 0.95*float64(len(p.Sites)) || float64(earlier) < 0.7*float64(len(p.Sites)) {
			t.Errorf("%d of %d masts are on air on %s, %d by the facts", earlier, len(p.Sites), EarlierDate, f.EarlierSites)
		}
		if len(late) < 2 {
			t.Errorf("masts come on air later in %v alone", late)
		}
		if f.EarlierExpectedGaps < 2*f.ExpectedGaps || f.EarlierDeclaredGaps < 2*f.DeclaredGaps {
			t.Errorf("facts %+v", *f)
		}
		fewer := 0
		for k := range p.Villages {
			was, is := &p.EarlierVillages[k], &p.Villages[k]
			if was.ID != is.ID || was.Population != is.Population || was.DeclaredDate < "2022-06-01" || was.DeclaredDate > EarlierDate || is.DeclaredDate > LaterDate {
				t.Fatalf("%+v, earlier %+v", is, was)
			}
			if was.Declared == data.Served && is.Declared != data.Served {
				fewer++
			}
		}
		// Only what declares wrongly in one of the years: a few in a thousand.
		if fewer > len(p.Villages)/50 {
			t.Errorf("%d villages are declared to have lost service", fewer)
		}
	})
}

// areaKm2 measures on the ellipsoid (Karney's polygon area).
func areaKm2(g orb.Polygon) (total float64) {
	for k, ring := range g {
		p := geodesic.WGS84.PolygonInit(false)
		for _, q := range ring[:len(ring)-1] {
			p.AddPoint(q[1], q[0])
		}
		var m2 float64
		p.Compute(false, true, &m2, nil)
		if (m2 > 0) != (k == 0) {
			return math.NaN() // outer rings counter-clockwise, holes clockwise
		}
		total += m2 / 1e6
	}
	return total
}

func TestAreas(t *testing.T) {
	both(t, func(t *testing.T, p *Province, pl *plan) {
		total := areaKm2(p.Area.Geometry[0])
		// Whole patches of a 220th of the area are taken, so the nearest number of them
		// misses by half a patch and what closing enclaves adds: 1 % allows for two.
		if math.Abs(total/pl.areaKm2-1) > 0.01 {
			t.Errorf("province %.1f km², want %.0f", total, pl.areaKm2)
		}
		sum := 0.0
		for _, c := range p.Communes {
			sum += areaKm2(c.Geometry[0])
		}
		// The borders are the same points, rounded alike: nothing but the sum's own
		// rounding is left.
		if math.Abs(sum-total) > 1e-6*total {
			t.Errorf("communes %.4f km², province %.4f", sum, total)
		}
		for _, v := range p.Villages {
			// Tidying may take a cell or two (0.03 km²) off the least area.
			if a := areaKm2(v.Geometry.(orb.Polygon)); !(a >= 0.3 && a <= 6) {
				t.Errorf("%s: %.2f km²", v.ID, a)
			}
		}
	})
}

// feature turns a polygon into one of simplefeatures, which refuses invalid ones.
func feature(t *testing.T, id string, g orb.Geometry) geom.Geometry {
	t.Helper()
	b, err := wkb.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	f, err := geom.UnmarshalWKB(b)
	if err != nil {
		t.Errorf("%s: %v", id, err)
	}
	return f
}

func TestValid(t *testing.T) {
	both(t, func(t *testing.T, p *Province, _ *plan) {
		if len(p.Area.Geometry) != 1 || len(p.Area.Geometry[0]) != 1 {
			t.Errorf("the province has %d parts, the first with %d rings", len(p.Area.Geometry), len(p.Area.Geometry[0]))
		}
		feature(t, "province", p.Area.Geometry)
		for _, c := range p.Communes {
			if len(c.Geometry) != 1 {
				t.Errorf("%s has %d parts", c.Code, len(c.Geometry))
			}
			feature(t, c.Code, c.Geometry)
		}
		for _, v := range p.Villages {
			g := v.Geometry.(orb.Polygon)
			feature(t, v.ID, g)
			if !planar.PolygonContains(g, *v.Center) {
				t.Errorf("%s: centre outside", v.ID)
			}
		}
	})
}

// Villages lie in their commune and apart from each other. For the district it is
// asked of simplefeatures; the province is too large for that in a test, but every
// border has been traced once for both its sides, so there an edge must not occur
// twice in the same direction.
func TestVillagesApart(t *testing.T) {
	checkApart(t, district(t))
	if testing.Short() {
		return
	}
	seen := map[[2]orb.Point]string{}
	for _, v := range province(t).Villages {
		for _, r := range v.Geometry.(orb.Polygon) {
			for k := 1; k < len(r); k++ {
				edge := [2]orb.Point{r[k-1], r[k]}
				if other, ok := seen[edge]; ok {
					t.Errorf("%s and %s lie on the same side of an edge", v.ID, other)
				}
				seen[edge] = v.ID
			}
		}
	}
}

func checkApart(t *testing.T, p *Province) {
	t.Helper()
	communes := map[string]geom.Geometry{}
	for _, c := range p.Communes {
		communes[c.Code] = feature(t, c.Code, c.Geometry)
	}
	villages := make([]geom.Geometry, len(p.Villages))
	for k, v := range p.Villages {
		villages[k] = feature(t, v.ID, v.Geometry)
		if in, err := geom.CoveredBy(villages[k], communes[v.CommuneCode]); err != nil || !in {
			t.Errorf("%s is not inside commune %s: %v", v.ID, v.CommuneCode, err)
		}
		for n := range k {
			if !p.Villages[n].Geometry.Bound().Intersects(v.Geometry.Bound()) {
				continue
			}
			matrix, err := geom.Relate(villages[n], villages[k])
			if err != nil {
				t.Fatal(err)
			}
			if matrix[0] != 'F' { // interiors meet
				t.Errorf("%s and %s overlap: %s", p.Villages[n].ID, v.ID, matrix)
			}
		}
	}
}

func TestNames(t *testing.T) {
	both(t, func(t *testing.T, p *Province, _ *plan) {
		seen := map[string]bool{}
		check := func(scope, id, name string) {
			if !norm.NFC.IsNormalString(name) || name == "" {
				t.Errorf("%s: %q is not NFC", id, name)
			}
			if seen[scope+"/"+name] {
				t.Errorf("%s: %q twice", id, name)
			}
			seen[scope+"/"+name] = true
		}
		for _, c := range p.Communes {
			check("", c.Code, c.Name)
			if len(c.Code) != 5 || c.Code[0] != '0' {
				t.Errorf("commune code %q", c.Code)
			}
		}
		for _, v := range p.Villages {
			check(v.CommuneCode, v.ID, v.Name)
		}
		for _, s := range p.Sites {
			check("sites", s.ID, s.ID)
		}
	})
}

// What Write makes is read back by the readers of package data without a refusal,
// and holds what was generated.
func TestReadBack(t *testing.T) { both(t, checkReadBack) }

func checkReadBack(t *testing.T, p *Province, pl *plan) {
	dir := t.TempDir()
	if err := p.Write(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	communes, report, err := data.ReadAreas(ctx, []string{filepath.Join(dir, CommunesFile)}, data.Options{})
	checkReport(t, report, err, len(p.Communes))
	villages, report, err := data.ReadVillages(ctx, []string{filepath.Join(dir, VillagesFile)}, data.Options{Areas: data.NewAreaIndex(communes)})
	checkReport(t, report, err, len(p.Villages))
	for k, v := range villages {
		want := p.Villages[k]
		if v.ID != want.ID || v.Name != want.Name || v.CommuneCode != want.CommuneCode || v.Population != want.Population ||
			v.GridPower != want.GridPower || v.GridPowerYear != want.GridPowerYear || v.FundEligible != want.FundEligible ||
			v.Declared != want.Declared || v.DeclaredDate != want.DeclaredDate || v.Center == nil || *v.Center != *want.Center {
			t.Errorf("village read back as %+v, written as %+v", v, want)
		}
	}
	rows := 0
	for _, s := range p.Sites {
		rows += len(s.Sectors)
	}
	sites, report, err := data.ReadSites(ctx, []string{filepath.Join(dir, SitesFile)}, data.Options{})
	checkReport(t, report, err, rows)
	if report.Records != pl.masts || len(sites) != pl.masts {
		t.Fatalf("%d sites after joining, %d in the report, want %d", len(sites), report.Records, pl.masts)
	}
	for k, s := range sites {
		if want := p.Sites[k]; s.ID != want.ID || len(s.OtherIDs) > 0 || s.Position != want.Position || s.Rows != len(want.Sectors) {
			t.Errorf("site read back as %s (and %v) at %v with %d rows, written as %s at %v with %d", s.ID, s.OtherIDs, s.Position, s.Rows, want.ID, want.Position, len(want.Sectors))
		}
	}
	byID := map[string]data.Sector{}
	for _, s := range p.Sites {
		for _, c := range s.Sectors {
			byID[c.ID] = c
		}
	}
	for _, s := range sites {
		for _, c := range s.Sectors {
			want := byID[c.ID]
			if c.FrequencyMHz != want.FrequencyMHz || c.AzimuthDeg != want.AzimuthDeg || c.PowerDBm != want.PowerDBm ||
				c.EIRPDBm != want.EIRPDBm || c.Technology != want.Technology || c.AntennaHeightM != want.AntennaHeightM {
				t.Errorf("sector read back as %+v, written as %+v", c, want)
			}
		}
	}
	for _, name := range []string{VillagesFile, EarlierVillagesFile, CommunesFile, ProvinceFile} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range geojson.Check(bytes.NewReader(b)) {
			t.Errorf("%s: %v", name, v)
		}
		if n := bytes.Count(b, []byte(`"synthetic":true`)) + bytes.Count(b, []byte(`"synthetic": true`)); n == 0 {
			t.Errorf("%s is not marked synthetic", name)
		}
	}
}

func checkReport(t *testing.T, r *data.Report, err error, accepted int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if r.Accepted != accepted || r.Rejected != 0 {
		t.Errorf("%s: %d rows accepted, %d rejected, want %d and none", r.Kind, r.Accepted, r.Rejected, accepted)
	}
	for _, w := range r.Warnings {
		t.Errorf("%s: warning %+v", r.Kind, w)
	}
}

// heightAt reads a tile's sample nearest to p.
func heightAt(t *testing.T, p *Province, q orb.Point) (m int, void bool) {
	t.Helper()
	for k := range p.Tiles {
		tile := &p.Tiles[k]
		step := float64(tile.Size - 1)
		i := int(math.Round((q[0] - float64(tile.Lon)) * step))
		j := int(math.Round((float64(tile.Lat+1) - q[1]) * step))
		if i >= 0 && j >= 0 && i < tile.Size && j < tile.Size {
			h := int(tile.HeightsM[j*tile.Size+i])
			return h, h == VoidM
		}
	}
	t.Fatalf("%v is on no tile", q)
	return 0, false
}

func TestTerrain(t *testing.T) {
	both(t, func(t *testing.T, p *Province, pl *plan) {
		lowest, highest, voids, samples := math.MaxInt, math.MinInt, 0, 0
		for k := range p.Tiles {
			for _, h := range p.Tiles[k].HeightsM {
				samples++
				if h == VoidM {
					voids++
					continue
				}
				lowest, highest = min(lowest, int(h)), max(highest, int(h))
			}
		}
		// The province's summit is at peakM; beyond the border it may rise higher.
		if lowest < 60 || highest < int(0.85*pl.peakM) || highest > int(1.3*pl.peakM) {
			t.Errorf("heights %d to %d m", lowest, highest)
		}
		if voids == 0 || voids > samples/1000 {
			t.Errorf("%d voids among %d samples, want a handful", voids, samples)
		}

		// Relief within 5 km of the villages, on 200 points of a sunflower pattern.
		// 300 m is the relief from which classifications of landforms commonly speak
		// of mountains; the basin of the town is to have villages without.
		mountains := 0
		for _, v := range p.Villages {
			low, high := math.MaxInt, math.MinInt
			for n := range 200 {
				angle, radius := 2.39996*float64(n), 5000*math.Sqrt(float64(n)/200)
				q := geodesy.Destination(*v.Center, angle*180/math.Pi, radius)
				if h, void := heightAt(t, p, q); !void {
					low, high = min(low, h), max(high, h)
				}
			}
			if relief := high - low; relief > 300 {
				mountains++
			} else if relief < 20 {
				t.Errorf("%s: relief %d m", v.ID, relief)
			}
		}
		if share := float64(mountains) / float64(len(p.Villages)); share < 0.75 {
			t.Errorf("%.0f %% of the villages have mountains around", 100*share)
		}

		// 25 km around the province are covered, but for the plan's bounds.
		b := p.Area.Geometry.Bound()
		for _, corner := range []orb.Point{b.Min, b.Max} {
			for _, azimuth := range []float64{0, 90, 180, 270} {
				heightAt(t, p, geodesy.Destination(corner, azimuth, 25000))
			}
		}
	})
}

// Neighbouring tiles repeat the samples on their common edge.
func TestTileEdges(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds to make")
	}
	p := province(t)
	south, east, north := &p.Tiles[0], &p.Tiles[1], &p.Tiles[2]
	if south.Name() != "N22E105.hgt" || east.Name() != "N22E106.hgt" || north.Name() != "N23E105.hgt" {
		t.Fatalf("tiles %s, %s, %s", south.Name(), east.Name(), north.Name())
	}
	n := south.Size
	for k := range n {
		if a, b := south.HeightsM[k*n+n-1], east.HeightsM[k*n]; a != b {
			t.Fatalf("row %d: %d m on one side, %d m on the other", k, a, b)
		}
		if a, b := south.HeightsM[k], north.HeightsM[(n-1)*n+k]; a != b {
			t.Fatalf("column %d: %d m on one side, %d m on the other", k, a, b)
		}
	}
}

// The tiles are read back by package terrain, with voids where the generator left
// them.
func TestTerrainReadBack(t *testing.T) {
	p, dir := district(t), t.TempDir()
	if err := p.Write(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	source, err := terrain.Open(ctx, []string{filepath.Join(dir, TerrainDir)}, terrain.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if source.Surface() != terrain.DSM || len(source.Files()) != len(p.Tiles) {
		t.Errorf("%s in %d files", source.Surface(), len(source.Files()))
	}
	grid, report, err := source.Window(ctx, p.Area.Geometry.Bound())
	if err != nil {
		t.Fatal(err)
	}
	voids, samples := 0, 0
	tile := &p.Tiles[0]
	step := float64(tile.Size - 1)
	for k, h := range tile.HeightsM {
		q := orb.Point{float64(tile.Lon) + float64(k%tile.Size)/step, float64(tile.Lat+1) - float64(k/tile.Size)/step}
		if !grid.Bound().Contains(q) {
			continue
		}
		samples++
		got := grid.At(q)
		if h == VoidM {
			voids++
			if math.IsNaN(got) {
				t.Errorf("void at %v not filled", q)
			}
			continue
		}
		// On a sample nothing is interpolated but what rounding of the position leaves.
		if math.Abs(got-float64(h)) > 1e-4 {
			t.Fatalf("%v m at %v, written as %d m", got, q, h)
		}
	}
	if voids == 0 || report.Voids < voids || report.Filled != report.Voids || report.Missing != 0 {
		t.Errorf("%d voids written among %d samples, read %+v", voids, samples, report)
	}
}

// One arc-second is the same landscape with more detail and the same records.
func TestOneArcSecond(t *testing.T) {
	if testing.Short() {
		t.Skip("13 million samples")
	}
	t.Parallel()
	coarse := district(t)
	fine := generate(t, Options{Seed: 1, Small: true, ArcSeconds: 1})
	if fine.Tiles[0].Size != 3601 {
		t.Fatalf("size %d", fine.Tiles[0].Size)
	}
	n, sum, squares := 0, 0.0, 0.0
	for j := range 1201 {
		for i := range 1201 {
			a, b := coarse.Tiles[0].HeightsM[j*1201+i], fine.Tiles[0].HeightsM[3*j*3601+3*i]
			if a != VoidM && b != VoidM {
				d := float64(b) - float64(a)
				n, sum, squares = n+1, sum+d, squares+d*d
			}
		}
	}
	// The finer octaves: crestM/8 and /16, and those of the roughness.
	if mean, rms := sum/float64(n), math.Sqrt(squares/float64(n)); math.Abs(mean) > 6 || rms < 0.3 || rms > 8 {
		t.Errorf("1 against 3 arc-seconds: mean %.2f m, rms %.2f m", mean, rms)
	}
	want, got := files(t, coarse), files(t, fine)
	for _, name := range []string{SitesFile, VillagesFile, EarlierVillagesFile, CommunesFile, ProvinceFile} {
		if !bytes.Equal(want[name], got[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestMasts(t *testing.T) {
	both(t, func(t *testing.T, p *Province, _ *plan) {
		outline := p.Area.Geometry
		type transmitter struct{ site, heightM, frequencyMHz any }
		transmitters, operators, lte := map[transmitter]bool{}, map[int]int{}, 0
		for k, s := range p.Sites {
			heightAt(t, p, s.Position)
			if !planar.MultiPolygonContains(outline, s.Position) {
				// A mast a few metres from the border may be drawn beyond it.
				if d := distanceToRing(outline[0][0], s.Position); d > 200 {
					t.Errorf("%s stands %.0f m outside the province", s.ID, d)
				}
			}
			for n := range k {
				if math.Abs(p.Sites[n].Position[0]-s.Position[0]) > 0.002 || math.Abs(p.Sites[n].Position[1]-s.Position[1]) > 0.002 {
					continue
				}
				// The plane's kilometres are off by 0.5 %.
				if d := geodesy.Distance(p.Sites[n].Position, s.Position); d < 1000*apartLeastKm*0.99 {
					t.Errorf("%s and %s are %.0f m apart", s.ID, p.Sites[n].ID, d)
				}
			}
			on, hasLTE := map[string]bool{}, false
			for _, c := range s.Sectors {
				on[c.Operator] = true
				if c.AntennaHeightM > s.StructureHeightM || c.AntennaHeightM < 12 {
					t.Errorf("%s hangs at %v m on %v m", c.ID, c.AntennaHeightM, s.StructureHeightM)
				}
				if c.Technology == data.LTE {
					transmitters[transmitter{k, c.AntennaHeightM, c.FrequencyMHz}] = true
					hasLTE = true
				}
			}
			operators[len(on)]++
			if hasLTE {
				lte++
			}
		}
		n := float64(len(p.Sites))
		if operators[0] > 0 || float64(operators[2])/n < 0.2 || operators[3] == 0 {
			t.Errorf("masts by number of operators: %v", operators)
		}
		// Nearly all masts carry LTE, and coverage is computed once for every mast,
		// height and frequency.
		if share := float64(lte) / n; share < 0.95 || share == 1 {
			t.Errorf("%.1f %% of the masts have LTE", 100*share)
		}
		if share := float64(len(transmitters)) / n; share > 1.35 {
			t.Errorf("%.2f heights and frequencies of LTE a mast", share)
		}
	})
}

// distanceToRing is the distance in metres to the nearest vertex of a ring.
func distanceToRing(r orb.Ring, p orb.Point) float64 {
	best := math.Inf(1)
	for _, q := range r {
		best = min(best, geodesy.Distance(p, q))
	}
	return best
}

// Any labelling of a raster is traced to valid outlines once its labels are free of
// pinches, and the areas are those of the cells within the smoothing.
func TestTraceValid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := raster{westSec: 105 * 3600, northSec: 23 * 3600, stepSec: baseSec, w: rapid.IntRange(2, 12).Draw(rt, "w"), h: rapid.IntRange(2, 12).Draw(rt, "h")}
		labels := make([]int32, r.w*r.h)
		for k := range labels {
			labels[k] = int32(rapid.IntRange(0, 2).Draw(rt, "label"))
		}
		for n := 0; r.pinches(labels, func(_, _, b, _ int) { labels[b] = outside }) && n < 100; n++ {
			continue
		}
		part, size := r.parts(labels)
		for k, l := range labels {
			if l == outside {
				part[k] = outside
			}
		}
		// Parts of one label may touch at a corner only where that is no pinch.
		if r.pinches(part, func(_, _, _, _ int) {}) {
			rt.Skip("open land between parts pinches")
		}
		polygons := r.trace(part).polygons(len(size), func(p int32) int32 { return p })
		for p, g := range polygons {
			if len(g) == 0 {
				continue // open land
			}
			b, err := wkb.Marshal(g)
			if err != nil {
				rt.Fatal(err)
			}
			if _, err := geom.UnmarshalWKB(b); err != nil {
				rt.Fatalf("part %d: %v", p, err)
			}
		}
	})
}

// The cheapest way over even ground is straight, and sources share it by halves.
func TestGrow(t *testing.T) {
	r := raster{westSec: 105 * 3600, northSec: 23 * 3600, stepSec: baseSec, w: 21, h: 5}
	cost, source, before := r.grow([]int{2*21 + 0, 2*21 + 20}, func(int) float64 { return 2 })
	dx, _ := r.stepKm()
	for i := range 21 {
		k := 2*21 + i
		want := 2 * dx * float64(min(i, 20-i))
		if math.Abs(float64(cost[k])-want) > 1e-5*want {
			t.Errorf("column %d: cost %v, want %v", i, cost[k], want)
		}
		if i != 10 && (source[k] == 0) != (i < 10) {
			t.Errorf("column %d: source %d", i, source[k])
		}
	}
	if before[2*21] != -1 || before[2*21+1] != 2*21 {
		t.Errorf("ways back: %d, %d", before[2*21], before[2*21+1])
	}
}

func TestNearest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := raster{westSec: 105 * 3600, northSec: 23 * 3600, stepSec: baseSec, w: rapid.IntRange(1, 15).Draw(rt, "w"), h: rapid.IntRange(1, 15).Draw(rt, "h")}
		sources := rapid.SliceOfNDistinct(rapid.IntRange(0, r.w*r.h-1), 1, min(5, r.w*r.h), rapid.ID[int]).Draw(rt, "sources")
		source, distance := r.nearest(sources)
		dx, dy := r.stepKm()
		for k := range source {
			best := math.Inf(1)
			for _, s := range sources {
				x, y := float64(k%r.w-s%r.w)*dx, float64(k/r.w-s/r.w)*dy
				best = min(best, math.Sqrt(x*x+y*y))
			}
			// Danielsson's bound for the eight-neighbour sweep is 0.09 cells; half a
			// cell leaves room for the cells not being square.
			if d := float64(distance[k]); d < best-1e-6 || d > best+0.5*dy {
				rt.Fatalf("cell %d: %v km, nearest %v km", k, d, best)
			}
		}
	})
}

// Water always finds a way down to a mouth.
func TestErosionDrains(t *testing.T) {
	r := raster{westSec: 106 * 3600, northSec: 23 * 3600, stepSec: 72, w: 51, h: 51}
	e := newErosion(r, districtPlan.outlets)
	n := newNoise(3, streamErosion)
	for k := range e.z {
		if !e.fixed[k] {
			e.z[k] = 300 + 200*n.at(float64(k%51)/7, float64(k/51)/7)
			e.uplift[k], e.soft[k] = 90, 1
		}
	}
	if err := e.run(context.Background(), 15); err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for k, to := range e.receiver {
		switch {
		case int(to) == k && !e.fixed[k]:
			t.Fatalf("cell %d is a pit", k)
		case int(to) != k && e.z[to] >= e.z[k]:
			t.Fatalf("cell %d drains upward", k)
		}
		if e.fixed[k] {
			total += e.area[k]
		}
	}
	dx, dy := r.stepKm()
	if want := dx * dy * float64(r.w*r.h); math.Abs(total-want) > 1e-9*want {
		t.Errorf("mouths drain %v km² of %v", total, want)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if _, err := Generate(context.Background(), Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNoise(b *testing.B) {
	n, sum := newNoise(1, streamDetail), 0.0
	for k := range b.N {
		sum += n.at(float64(k)*0.37, float64(k)*0.11)
	}
	if math.IsNaN(sum) {
		b.Fatal(sum)
	}
}
