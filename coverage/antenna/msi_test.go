package antenna

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func readFile(t testing.TB, name string) *MSI {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	m, err := ReadMSI(f, name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The files of testdata have the shapes in which several vendors write: see their
// first lines. Their cuts follow TR 36.814, table A.2.1.1-2, with 28 dB front to
// back, so that gains can be computed by hand.
func TestReadMSI(t *testing.T) {
	type figures struct {
		Name, Make                     string
		FrequencyMHz, PeakDBi, TiltDeg float64
		BeamwidthHDeg, BeamwidthVDeg   float64
		Omni                           bool
		Warnings                       []Warning
	}
	for file, want := range map[string]figures{
		"panel_t0.msi": {"PANEL-65-T0", "EXAMPLE", 1855, 17.5, 0, 65, 6.9, false, nil},
		"panel_t6.pln": {"Panel 65 degrees, 6 degrees down", "Example", 1795, 17.5, 6, 65, 6.9, false, nil},
		"omni.msi": {"OMNI-11", "EXAMPLE", 937.5, 11, 0, 360, 6.9, true, []Warning{
			{5, "GAIN 8,85 has no unit: read as dBd, which is 11.00 dBi; write dBi behind it if it is that"},
			{8, "HORIZONTAL has 357 of 360 angles: the others are interpolated"},
		}},
		"panel_negative.msi": {"PANEL-33-T4", "EXAMPLE", 800, 20.15, 4, 33, 8.9, false, []Warning{
			{369, "the values of HORIZONTAL are negative: read as gains relative to GAIN"},
			{8, "the values of VERTICAL are negative: read as gains relative to GAIN"},
			{5, "TILT is 4 degrees and the beam of VERTICAL lies at -4.0: its angles run upwards, and it was turned over"},
		}},
	} {
		m := readFile(t, file)
		// The chord between rows a degree apart makes a beam of 7 or 9 degrees a tenth narrower.
		tenth := func(v float64) float64 { return math.Round(v*10) / 10 }
		got := figures{m.Name, m.Make, m.FrequencyMHz, m.PeakDBi(), tenth(m.TiltDeg()), tenth(m.BeamwidthHDeg()), tenth(m.BeamwidthVDeg()), m.Omni(), m.Warnings}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// Golden gains, computed by hand from the formula of [Cuts] and the rows of the
// files.
func TestCutsGolden(t *testing.T) {
	for _, tt := range []struct {
		file                string
		azimuthDeg, elevDeg float64
		want                float64
		why                 string
	}{
		{"panel_t0.msi", 0, 0, 17.5, "axis"},
		{"panel_t0.msi", 32.5, 0, 14.5, "half power: rows 32 and 33 have 2.91 and 3.09"},
		{"panel_t0.msi", -30, 0, 17.5 - 2.56, "12·(30/65)²"},
		{"panel_t0.msi", 0, -7, 5.5, "12 in front below"},
		{"panel_t0.msi", 0, 7, 5.5, "12 in front above"},
		{"panel_t0.msi", 180, 0, -10.5, "28 behind"},
		{"panel_t0.msi", 90, 0, 17.5 - 23.01, "12·(90/65)²"},
		// 23.01 + ½·12 in front + ½·(31 − 28) behind, 12·(7/14)² = 3
		{"panel_t0.msi", 90, -7, 17.5 - 23.01 - 6 - 1.5, "at the side half of each"},
		{"panel_t6.pln", 0, -6, 17.5, "the beam looks 6 degrees down"},
		{"panel_t6.pln", 0, 0, 17.5 - 8.8, "12·(6/7)² at the horizon"},
		{"panel_t6.pln", 180, -6, -10.5, "behind it looks down too"},
		{"panel_t6.pln", 60, -6, 17.5 - 10.2, "along the cone of the beam the horizontal cut: 12·(60/65)²"},
		{"panel_t6.pln", -60, -6, 17.5 - 10.2, "on both sides"},
		{"panel_negative.msi", 0, -4, 20.15, "turned over"},
		{"panel_negative.msi", 0, 4, 20.15 - 9.48, "12·(8/9)²"},
		{"omni.msi", 17, 0, 11 - 0.05, "interpolated between 0 at 16 and 0.1 at 19 degrees, by a third"},
		{"omni.msi", 90, -3.5, 11 - 0.6 - 3.05, "12·(3.5/7)² between rows 3 and 4 (2.2, 3.9)"},
	} {
		// Rows are rounded to a tenth or a hundredth.
		if got := readFile(t, tt.file).GainDBi(tt.azimuthDeg, tt.elevDeg); math.Abs(got-tt.want) > 0.021 {
			t.Errorf("%s toward %g, %g: %.3f dBi, want %.3f (%s)", tt.file, tt.azimuthDeg, tt.elevDeg, got, tt.want, tt.why)
		}
	}
}

// A mechanical tilt turns the pattern of a file as it turns any other, and adds to
// the electrical tilt that the pattern holds.
func TestFileMechanicalTilt(t *testing.T) {
	m := readFile(t, "panel_t6.pln")
	mount := NewMount(m, 120, 4)
	if got := mount.GainDBi(120, -10); math.Abs(got-17.5) > 1e-9 {
		t.Errorf("on the axis 6 + 4 degrees down: %g dBi, want 17.5", got)
	}
	flat := NewMount(m, 120, 0)
	if a, b := mount.GainDBi(210, 0), flat.GainDBi(210, 0); math.Abs(a-b) > 1e-9 {
		t.Errorf("at the side: %g dBi, %g without the tilt", a, b)
	}
	if got, want := mount.GainDBi(300, -2), flat.GainDBi(300, -6); math.Abs(got-want) > 1e-9 {
		t.Errorf("behind, where it looks up: %g dBi, want %g", got, want)
	}
}

func TestCutsProperties(t *testing.T) {
	files := []*MSI{readFile(t, "panel_t0.msi"), readFile(t, "panel_t6.pln"), readFile(t, "omni.msi"), readFile(t, "panel_negative.msi")}
	rapid.Check(t, func(t *rapid.T) {
		m := files[rapid.IntRange(0, len(files)-1).Draw(t, "file")]
		az, el := rapid.Float64Range(-360, 720).Draw(t, "azimuth"), rapid.Float64Range(-90, 90).Draw(t, "elevation")
		g := m.GainDBi(az, el)
		if !(g <= m.PeakDBi()) {
			t.Fatalf("%g dBi toward %g, %g above the peak of %g", g, az, el, m.PeakDBi())
		}
		if d := math.Abs(m.GainDBi(az+360, el) - g); d > 1e-9 {
			t.Fatalf("a turn further %g dB off", d)
		}
		// Both cuts are reproduced where they were measured.
		if d := math.Abs(m.GainDBi(0, el) - (m.gainDBi - m.vertical.at(-el))); d > 1e-9 {
			t.Fatalf("in front %g dB off the vertical cut", d)
		}
		if d := math.Abs(m.GainDBi(180, el) - (m.gainDBi - m.vertical.at(180+el))); d > 1e-9 {
			t.Fatalf("behind %g dB off the vertical cut", d)
		}
	})
}

// msi gives a whole file, with lines in place of those that begin with their key.
func msi(replace ...string) string {
	lines := []string{"NAME A", "GAIN 15 dBi"}
	for _, cut := range []string{"HORIZONTAL", "VERTICAL"} {
		lines = append(lines, cut+" 360")
		for i := range 360 {
			lines = append(lines, fmt.Sprintf("%d %d", i, min(i, 360-i)/10))
		}
	}
	return strings.NewReplacer(replace...).Replace(strings.Join(lines, "\n") + "\n")
}

func TestReadMSIErrors(t *testing.T) {
	if _, err := ReadMSI(strings.NewReader(msi()), "a.msi"); err != nil {
		t.Fatalf("the file itself: %v", err)
	}
	for name, tt := range map[string]struct {
		content string
		line    int
		found   string
	}{
		"empty":            {"", 0, "an empty file"},
		"blank":            {"\n# nothing\n\n", 0, "an empty file"},
		"another format":   {"{\"type\": \"FeatureCollection\"}\n", 0, "neither HORIZONTAL nor VERTICAL"},
		"16-bit":           {"N\x00A\x00M\x00E\x00\n", 1, "a byte 0"},
		"no gain":          {msi("GAIN 15 dBi", "COMMENT none"), 0, "no GAIN"},
		"gain a word":      {msi("GAIN 15 dBi", "GAIN high"), 2, `GAIN "high"`},
		"gain another":     {msi("GAIN 15 dBi", "GAIN 15 dBm"), 2, `GAIN "15 dBm"`},
		"gain not finite":  {msi("GAIN 15 dBi", "GAIN 1e999 dBi"), 2, `GAIN "1e999 dBi"`},
		"no vertical":      {strings.Split(msi(), "VERTICAL")[0], 0, "no VERTICAL"},
		"no rows":          {strings.Split(msi(), "VERTICAL")[0] + "VERTICAL 360\n", 364, "no rows under VERTICAL"},
		"twice":            {msi("VERTICAL", "HORIZONTAL"), 364, "a second HORIZONTAL"},
		"a word in a cut":  {msi("\n17 1\n18", "\nseventeen 1\n18"), 21, `"seventeen 1" in HORIZONTAL`},
		"three numbers":    {msi("\n17 1\n18", "\n17 1 2\n18"), 21, `"17 1 2" in HORIZONTAL`},
		"not finite":       {msi("\n17 1\n18", "\n17 NaN\n18"), 21, `"17 NaN" in HORIZONTAL`},
		"beyond a turn":    {msi("\n17 1\n18", "\n370 1\n18"), 21, "angle 370 in HORIZONTAL"},
		"no attenuation":   {msi("\n17 1\n18", "\n17 1000\n18"), 21, "1000 dB in HORIZONTAL"},
		"both signs":       {msi("\n17 1\n18", "\n17 -9\n18"), 21, "-9 dB in HORIZONTAL, where another row has 18 dB"},
		"an angle twice":   {msi("\n17 1\n18", "\n16 9\n18"), 21, "9 dB at 16 degrees of HORIZONTAL"},
		"half of it":       {strings.Join(strings.Split(msi(), "\n")[:500], "\n"), 500, "VERTICAL has no row between 135 and 0 degrees"},
		"a number of rows": {msi("VERTICAL 360", "VERTICAL many"), 364, `VERTICAL "many"`},
	} {
		_, err := ReadMSI(strings.NewReader(tt.content), "a.msi")
		var in *geo.InputError
		if !errors.Is(err, ErrFile) || !errors.As(err, &in) || in.Pos.File != "a.msi" || in.Pos.Line != tt.line || in.Found != tt.found || in.Expected == "" {
			t.Errorf("%s: %v, want %q at line %d", name, err, tt.found, tt.line)
		}
	}
	broken := errors.New("broken")
	if _, err := ReadMSI(io.MultiReader(strings.NewReader("NAME A\n"), failing{broken}), "a.msi"); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReadMSITolerance(t *testing.T) {
	var sparse strings.Builder
	sparse.WriteString("GAIN 12 dBi\nHORIZONTAL 72\n")
	for i := range 72 {
		fmt.Fprintf(&sparse, "%d %d\n", 5*i, min(i, 72-i))
	}
	sparse.WriteString("VERTICAL\n")
	for i := range 720 {
		fmt.Fprintf(&sparse, "%.1f, %.2f\n", float64(i)/2, float64(min(i, 720-i))/10)
	}
	for name, tt := range map[string]struct {
		content    string
		azimuthDeg float64
		elevDeg    float64
		want       float64
		warnings   int
	}{
		"five degrees apart":         {sparse.String(), 12.5, 0, 12 - 2.5, 0},
		"half a degree apart":        {sparse.String(), 0, -0.75, 12 - 0.15, 0},
		"a turn that does not close": {msi("VERTICAL", "360 5\nVERTICAL"), 0, 0, 15, 1},
		"fewer rows than stated":     {msi("VERTICAL 360", "VERTICAL 361"), 0, 0, 15, 1},
		"a header after the cuts":    {msi() + "COMMENT measured\nEND\n", 0, 0, 15, 0},
		"a level above the gain":     {msi("\n17 1\n18", "\n17 -0.4\n18"), 17, 0, 15.4, 0},
	} {
		m, err := ReadMSI(strings.NewReader(tt.content), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := m.GainDBi(tt.azimuthDeg, tt.elevDeg); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %g dBi, want %g", name, got, tt.want)
		}
		if len(m.Warnings) != tt.warnings {
			t.Errorf("%s: warnings %v, want %d", name, m.Warnings, tt.warnings)
		}
	}
}

func FuzzReadMSI(f *testing.F) {
	f.Add(msi())
	f.Add("")
	f.Add("GAIN 3\nHORIZONTAL 2\n0 0\n180 3\nVERTICAL\n-90;1,5\n90;2\n")
	f.Add(msi("GAIN 15 dBi", "GAIN 15,1", "\n17 1\n18", "\n17.5 0\n18"))
	f.Fuzz(func(t *testing.T, content string) {
		m, err := ReadMSI(strings.NewReader(content), "a.msi")
		if err != nil {
			var in *geo.InputError
			if !errors.As(err, &in) {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		for _, az := range []float64{-180, 0, 17.3, 90, 179.99} {
			for _, el := range []float64{-90, -6, 0, 90} {
				if g := m.GainDBi(az, el); !(g <= m.PeakDBi()) {
					t.Fatalf("%g dBi toward %g, %g; peak %g", g, az, el, m.PeakDBi())
				}
			}
		}
		if w := m.BeamwidthVDeg(); !(w > 0 && w <= 360) {
			t.Fatalf("vertical beamwidth %g", w)
		}
	})
}

func ExampleReadMSI() {
	f, err := os.Open("testdata/panel_t6.pln")
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	m, err := ReadMSI(f, "panel_t6.pln")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.1f dBi, beam %.0f degrees down, %.1f dBi at the horizon\n", m.PeakDBi(), m.TiltDeg(), m.GainDBi(0, 0))
	// Output: 17.5 dBi, beam 6 degrees down, 8.7 dBi at the horizon
}

func BenchmarkCutsGain(b *testing.B) {
	m := NewMount(readFile(b, "panel_t6.pln"), 120, 2)
	var sum float64
	for i := range b.N {
		sum += m.GainDBi(float64(i%360), -2)
	}
	if math.IsNaN(sum) {
		b.Fatal("no gain")
	}
}

func BenchmarkParametricGain(b *testing.B) {
	m := NewMount(table, 120, 2)
	var sum float64
	for i := range b.N {
		sum += m.GainDBi(float64(i%360), -2)
	}
	if math.IsNaN(sum) {
		b.Fatal("no gain")
	}
}
