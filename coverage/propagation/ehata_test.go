package propagation

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/covgap/covgap/geo/reference"
)

// The published losses have four decimals and come from single precision.
const ehataToleranceDB = 1e-4

// The 53 cases that WInnForum publishes for the extended Hata model, with its own
// reading of the fine correction (none below 10 m of undulation). Their base station
// stands at the profile's last sample.
//
// The two lists are whole: a case that leaves or joins them fails.
func TestPublishedEHata(t *testing.T) {
	dir := reference.Dir(t, "validation/ehata_winnforum")
	areas := map[string]EHataArea{"22": EHataSuburban, "23": EHataUrban, "24": EHataUrban, "112": EHataOpen}
	refused := map[string][]string{}
	held, worstDB := 0, 0.0
	for _, row := range readCSV(t, filepath.Join(dir, "test-inputs-wfmod.csv"))[1:] {
		fields := readCSV(t, filepath.Join(dir, "pfls", row[6]))[0]
		p := pflProfile(t, fields).reversed()
		l := Link{FrequencyMHz: number(t, row[2]), TxHeightM: number(t, row[3]), RxHeightM: number(t, row[4])}
		res, err := EHata{areas[row[5]]}.Loss(p, l)
		switch {
		case errors.Is(err, ErrIsolatedRidge):
			refused["ridge"] = append(refused["ridge"], row[0])
		case errors.Is(err, ErrMixedPath):
			refused["mixed"] = append(refused["mixed"], row[0])
		case err != nil:
			t.Errorf("case %s: %v", row[0], err)
		default:
			held++
			difference := math.Abs(res.LossDB - number(t, row[12]))
			worstDB = max(worstDB, difference)
			if difference > ehataToleranceDB {
				t.Errorf("case %s: %.4f dB, want %s", row[0], res.LossDB, row[12])
			}
		}
	}
	t.Logf("%d cases held, worst %.2g dB off", held, worstDB)
	want := map[string][]string{
		"ridge": {"90023", "90024", "90025", "90026", "90032", "90034"},
		"mixed": {"90033", "90041", "90045", "90047", "90049"},
	}
	if diff := cmp.Diff(want, refused); diff != "" || held != 42 {
		t.Errorf("%d cases held, want 42; refused (-want +got):\n%s", held, diff)
	}
}

// evenly is a path of even steps over terrain heights.
func evenly(stepM float64, terrainM ...float64) *Profile {
	p := &Profile{TerrainM: terrainM}
	for i := range terrainM {
		p.DistanceM = append(p.DistanceM, float64(i)*stepM)
	}
	return p
}

// Cases of WInnForum whose profiles can be written down: 90006, 90042 and 90044 lie at
// 0 m throughout, on either side of the break point. The areas' corrections are the
// differences of 90023 and 90024 from 90025, the same path in another area.
func TestEHataFigures(t *testing.T) {
	for _, tt := range []struct {
		stepM           float64
		intervals       int
		mhz, txM, rxM   float64
		want            float64
		nearerThanBreak bool
	}{
		{81.5696, 49, 2651, 37.6, 3, 146.0255, true},
		{99.7238, 509, 2658, 20, 3, 191.4463, false},
		{99.8375, 691, 2520, 25, 25, 190.1715, false},
	} {
		p := evenly(tt.stepM, make([]float64, tt.intervals+1)...)
		res := mustLoss(t, EHata{}, p, Link{FrequencyMHz: tt.mhz, TxHeightM: tt.txM, RxHeightM: tt.rxM, Explain: true})
		if math.Abs(res.LossDB-tt.want) > ehataToleranceDB {
			t.Errorf("%g MHz over sea: %.4f dB, want %.4f", tt.mhz, res.LossDB, tt.want)
		}
		if near := quantity(t, res, "d") < quantity(t, res, "dbp"); near != tt.nearerThanBreak {
			t.Errorf("%g MHz: nearer than the break point is %t", tt.mhz, near)
		}
	}
	for _, tt := range []struct {
		area        EHataArea
		want        float64
		toleranceDB float64
	}{
		{EHataOpen, 181.6995 - 145.6738, ehataToleranceDB},
		// Three coefficients rounded to two decimals: 0.005·(1 + log f + log² f).
		{EHataSuburban, 181.6995 - 166.9826, 0.09},
	} {
		if got := (EHata{tt.area}).areaDB(3505); math.Abs(got-tt.want) > tt.toleranceDB {
			t.Errorf("%s at 3505 MHz: %.4f dB less than urban, want %.4f", EHata{tt.area}.Name(), got, tt.want)
		}
	}
}

// Worked by hand: 2000 MHz over 10 km of terrain that rises by 10 m a kilometre from
// the mobile, 1.5 m above ground, to the base station, 30 m above ground, with a
// sample a kilometre, 100 to 200 m.
//
//	base: mean of samples 3 to 10 km away 135 m, level 200 − 65·7/12 = 162.0833 m, effective 67.9167 m
//	mobile: mean 165 m, level 137.9167 m, effective −36.4 m, held at 1 m
//	log 2000 = 3.301030, log 67.9167 = 1.831976
//	A(f,1) = 30.6788 − 55.498897 + 48.483128 = 23.663031, below the break point at 24.8 km
//	n_l = 0.1·(24.9 − 6.55·1.831976) = 1.290055
//	a(3) − a(1) = 2.689844 + 1.306061 = 3.995905
//	urban: 32.45 + 66.0206 + 20 + 13.82·0.469054 + 23.663031 + 12.900555 + 3.995905 = 165.512412
//	samples exceeded by 10, 50, 90 % of 11: the first, fourth (int 5.5 − 1 counted from 0) and ninth
//	of 200, 190 … 100: 200, 160, 120; Δh = 80 m, log 80 = 1.903090; the mobile is at the bottom
//	rolling: 1.507213 − 16.097622 + 22.101877 = 7.511468
//	fine: −11.728795 + 29.582150 − 6.575207 = 11.278148
//	slope: 10 mrad at 10 km, 10·0.25 = 2.5
func TestEHataByHand(t *testing.T) {
	p := evenly(1000, 200, 190, 180, 170, 160, 150, 140, 130, 120, 110, 100)
	res := mustLoss(t, EHata{}, p, Link{FrequencyMHz: 2000, TxHeightM: 30, RxHeightM: 1.5, Explain: true})
	for name, want := range map[string]float64{
		"hbe": 67.916667, "hme": 1, "Lurban": 165.512412, "deltah": 80, "Krh": 7.511468, "Khf": 11.278148,
		"thetam": 10, "Ksp": 2.5, "Ksea": 0,
	} {
		if got := quantity(t, res, name); math.Abs(got-want) > 1e-5 { // sums of a few values of six decimals
			t.Errorf("%s = %.6f, want %.6f", name, got, want)
		}
	}
	if want := 165.512412 + 7.511468 + 11.278148 + 2.5; math.Abs(res.LossDB-want) > 1e-5 {
		t.Errorf("%.6f dB, want %.6f", res.LossDB, want)
	}
	if len(res.Warnings) != 1 || res.Warnings[0].Code != "ehata-rx-height" {
		t.Errorf("warnings %v, want ehata-rx-height", res.Warnings)
	}
	// The other way round the mobile stands on the hill and the slope falls.
	res = mustLoss(t, EHata{}, p.reversed(), Link{FrequencyMHz: 2000, TxHeightM: 130, RxHeightM: 1.5, Explain: true})
	for name, want := range map[string]float64{"Khf": -11.278148, "thetam": -10, "Ksp": -1.25} {
		if got := quantity(t, res, name); math.Abs(got-want) > 1e-5 {
			t.Errorf("reversed: %s = %.6f, want %.6f", name, got, want)
		}
	}
}

// Okumura's distances and the mobile's place on the hills.
func TestEHataTerrain(t *testing.T) {
	for _, tt := range []struct{ slopeMrad, dKm, want float64 }{
		{10, 5, 2.5}, {10, 10, 2.5}, {10, 20, 5.25}, {10, 30, 8}, {10, 45, 8}, {10, 100, 8},
		{-10, 10, -1.25}, {-10, 20, -2.375}, {-10, 30, -3.5}, {-10, 45, -4.75}, {-10, 60, -6}, {-10, 100, -6},
	} {
		if got := generalSlopeDB(tt.slopeMrad, tt.dKm); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("slope %g mrad at %g km: %g dB, want %g", tt.slopeMrad, tt.dKm, got, tt.want)
		}
	}
	window := func() []float64 { return []float64{300, 280, 260, 240, 220, 200, 180, 160, 140, 120, 100} }
	for _, tt := range []struct{ groundM, lengthM, want float64 }{
		{300, 10e3, -1}, {350, 10e3, -1}, {260, 10e3, -0.5}, {220, 10e3, 0}, {180, 10e3, 0.5}, {140, 10e3, 1}, {100, 10e3, 1},
		{350, 4.9e3, 1}, // too short to tell
	} {
		// 300, 220 and 140 m are exceeded by 10, 50 and 90 %, as in TestEHataByHand.
		var got ehataTerrain
		got.undulate(window(), tt.groundM, tt.lengthM)
		if math.Abs(got.position-tt.want) > 1e-12 {
			t.Errorf("ground at %g m on a path of %g m: position %g, want %g", tt.groundM, tt.lengthM, got.position, tt.want)
		}
	}
	for _, tt := range []struct {
		name string
		rise []float64 // of each km from the mobile
		want float64
	}{
		{"rises ever steeper", []float64{10, 10, 10, 10, 10, 10, 10, 10, 10, 40}, 12.5},
		{"falls ever steeper", []float64{-10, -10, -10, -10, -10, -10, -10, -10, -10, -40}, -12.5},
		{"rises, then falls", []float64{10, 10, 10, 10, 10, -90, -90, -90, -90, -90}, 10},
	} {
		z := []float64{500}
		for i, rise := range tt.rise {
			z = append(z, z[i]+rise)
		}
		got := generalSlopeMrad(z, 1000, 10e3)
		// The last kilometre's extra 30 m move the line fitted over ten by (12/(10²+2)/10)·5·30/2 mrad.
		want := tt.want
		if tt.name != "rises, then falls" {
			want = math.Copysign(10+12.0/(102*10)*5*15, tt.want)
		}
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %g mrad, want %g", tt.name, got, want)
		}
	}
}

func TestEHataRefuses(t *testing.T) {
	ridge := func() *Profile { return evenly(1000, 100, 100, 100, 400, 100, 100, 100) }
	coast := func() *Profile { return evenly(1000, 0, 0, 0, 5, 6, 7, 8) }
	flat := func() *Profile { return evenly(1000, 5, 5, 5, 5, 5, 5, 5) }
	good := Link{FrequencyMHz: 2000, TxHeightM: 30, RxHeightM: 1.5}
	zoned := flat()
	zoned.Zone = []Zone{Inland, Coastal, Sea, Sea, Inland, Inland, Inland}
	allSea := flat()
	allSea.Zone = []Zone{Sea, Sea, Sea, Sea, Sea, Sea, Sea}
	atZero := evenly(1000, 0, 0, 0, 0, 0, 0, 0)
	atZero.Zone = make([]Zone, 7)
	tests := []struct {
		name   string
		p      *Profile
		change func(*Link)
		want   error // nil for a loss
		says   string
	}{
		{"flat", flat(), nil, nil, ""},
		{"ridge", ridge(), nil, ErrIsolatedRidge, "3 km from the transmitter and 3 km from the receiver"},
		{"seen over the ridge", ridge(), func(l *Link) { l.TxHeightM, l.RxHeightM = 500, 500 }, nil, ""},
		{"two ridges", evenly(1000, 100, 100, 400, 100, 400, 100, 100), nil, nil, ""},
		{"coast", coast(), nil, ErrMixedPath, "3 of 7 samples are sea"},
		{"coast by zones", zoned, nil, ErrMixedPath, "2 of 7 samples are sea"},
		{"sea by zones", allSea, nil, nil, ""},
		{"land at 0 m by zones", atZero, nil, nil, ""},
		{"ridge on a coast", evenly(1000, 0, 0, 0, 400, 5, 5, 5), nil, ErrIsolatedRidge, ""},
		{"low frequency", flat(), func(l *Link) { l.FrequencyMHz = 999 }, ErrLink, "frequency 999 MHz is outside the 1000 to 4000 MHz"},
		{"high frequency", flat(), func(l *Link) { l.FrequencyMHz = 4001 }, ErrLink, "frequency 4001 MHz"},
		{"short", evenly(399, 5, 5), nil, ErrLink, "distance 0.399 km is outside the 0.4 to 540 km"},
		{"long", evenly(540.1e3, 5, 5), nil, ErrLink, "distance 540.1 km"},
	}
	for _, tt := range tests {
		l := good
		if tt.change != nil {
			tt.change(&l)
		}
		res, err := EHata{}.Loss(tt.p, l)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if !errors.Is(err, tt.want) || !errors.Is(err, ErrLink) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %g dB, error %v, want %v with %q", tt.name, res.LossDB, err, tt.want, tt.says)
		}
	}
	dry, wet := mustLoss(t, EHata{}, flat(), good).LossDB, mustLoss(t, EHata{}, allSea, good).LossDB
	if math.Abs(dry-wet-11) > 1e-9 {
		t.Errorf("%g dB over land, %g dB over sea, want 11 dB less", dry, wet)
	}
}

// Outside Okumura's curves and with heights held there is a number with a warning.
func TestEHataWarns(t *testing.T) {
	good := Link{FrequencyMHz: 2000, TxHeightM: 40, RxHeightM: 1.5}
	for _, tt := range []struct {
		code   string
		p      *Profile
		change func(*Link)
	}{
		{"", level(5000, 5), func(*Link) {}},
		{"ehata-frequency", level(5000, 5), func(l *Link) { l.FrequencyMHz = 1499 }},
		{"ehata-frequency", level(5000, 5), func(l *Link) { l.FrequencyMHz = 3001 }},
		{"ehata-distance", level(900, 5), func(*Link) {}},
		{"ehata-distance", evenly(25250, 5, 5, 5, 5, 5), func(*Link) {}}, // 101 km
		{"ehata-tx-height", level(5000, 5), func(l *Link) { l.TxHeightM = 29 }},
		{"ehata-tx-height", level(5000, 5), func(l *Link) { l.TxHeightM = 201 }},
		{"ehata-rx-height", level(5000, 5), func(l *Link) { l.RxHeightM = 0.9 }},
		{"ehata-rx-height", level(5000, 5), func(l *Link) { l.RxHeightM = 11 }},
	} {
		l := good
		tt.change(&l)
		var codes []string
		for _, w := range mustLoss(t, EHata{}, tt.p, l).Warnings {
			codes = append(codes, w.Code)
		}
		if got := strings.Join(codes, " "); got != tt.code {
			t.Errorf("%+v: warnings %q, want %q", l, got, tt.code)
		}
	}
	// 400 m from an antenna 200 m above open country the curves are below free space.
	open, l := EHata{Area: EHataOpen}, Link{FrequencyMHz: 3000, TxHeightM: 200, RxHeightM: 10}
	res, free := mustLoss(t, open, level(400, 5), l), mustLoss(t, P525{}, level(400, 5), l)
	if res.LossDB != free.LossDB || len(res.Warnings) != 2 || res.Warnings[1].Code != "ehata-open-free-space" {
		t.Errorf("%g dB with %v, want free space's %g dB and ehata-open-free-space", res.LossDB, res.Warnings, free.LossDB)
	}
}

// Over level ground the loss grows with distance and towards towns, falls with the
// base station's height, and is never below free space.
func TestEHataProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Link{
			FrequencyMHz: rapid.Float64Range(1000, 4000).Draw(t, "MHz"),
			TxHeightM:    rapid.Float64Range(30, 200).Draw(t, "base, m"),
			RxHeightM:    rapid.Float64Range(1, 10).Draw(t, "mobile, m"),
		}
		loss := func(m Model, lengthM float64, l Link) float64 {
			n := max(int(lengthM/400), 2)
			p := evenly(lengthM/float64(n), make([]float64, n+1)...)
			p.Zone = make([]Zone, n+1)
			res, err := m.Loss(p, l)
			if errors.Is(err, ErrIsolatedRidge) {
				return math.NaN() // the Earth's curve, where one sample is its middle
			}
			if err != nil {
				t.Fatal(err)
			}
			return res.LossDB
		}
		distances := rapid.SliceOfN(rapid.Float64Range(400, 100e3), 2, 5).Draw(t, "distances, m")
		slices.Sort(distances)
		before := 0.0
		for _, d := range distances {
			urban := loss(EHata{}, d, l)
			if math.IsNaN(urban) {
				continue
			}
			if urban < before-1e-9 {
				t.Errorf("%g dB at %g m after %g dB", urban, d, before)
			}
			before = urban
			suburban, open := loss(EHata{EHataSuburban}, d, l), loss(EHata{EHataOpen}, d, l)
			free := loss(P525{}, d, l)
			if urban < suburban || suburban < open || open < free {
				t.Errorf("%g m: urban %g, suburban %g, open %g, free space %g dB", d, urban, suburban, open, free)
			}
			higher := l
			higher.TxHeightM = 200
			if above := loss(EHata{}, d, higher); above > urban+1e-9 {
				t.Errorf("%g m: %g dB from 200 m, %g dB from %g m", d, above, urban, l.TxHeightM)
			}
		}
	})
}

// The two lines over log d meet at the break point.
func TestEHataMeetsAtTheBreakPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newEHataMedian(rapid.Float64Range(1000, 4000).Draw(t, "MHz"), rapid.Float64Range(30, 200).Draw(t, "base, m"))
		near, far := s.lossDB(math.Nextafter(s.breakKm, 0)), s.lossDB(s.breakKm)
		if !(s.breakKm > 1 && s.breakKm < 100) || math.Abs(near-far) > 1e-9 {
			t.Errorf("%.9f dB below and %.9f dB beyond %g km", near, far, s.breakKm)
		}
	})
}
