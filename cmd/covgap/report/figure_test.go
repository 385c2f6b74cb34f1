package report

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/terrain"
	"github.com/paulmach/orb"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// square is the area of most tests: 0.2° around 106° E, 22° N.
var square = orb.MultiPolygon{{orb.Bound{Min: orb.Point{105.9, 21.9}, Max: orb.Point{106.1, 22.1}}.ToRing()}}

func hexes(t *testing.T, class func(orb.Point) data.Class) []FigureHex {
	t.Helper()
	cells, err := hexgrid.Fill(orb.MultiPolygon{{square.Bound().Pad(0.01).ToRing()}}, 8)
	if err != nil {
		t.Fatal(err)
	}
	var hs []FigureHex
	for _, c := range cells {
		hs = append(hs, FigureHex{c, class(c.Center())})
	}
	return hs
}

func mustDraw(t *testing.T, f *Figure) *plate {
	t.Helper()
	p, err := f.draw()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// onLevel is the colour of a class on level ground.
func onLevel(tn tint) color.RGBA {
	mix := func(c uint8, ground float64) uint8 {
		return uint8(ground + tn.opacity*(float64(c)*lit(terrain.LevelShade)-ground) + 0.5)
	}
	const ground = terrain.LevelShade * 255
	return color.RGBA{mix(tn.color.R, ground), mix(tn.color.G, ground), mix(tn.color.B, ground*0.985), 255}
}

// at gives the colour of the map at a position.
func (p *plate) at(q orb.Point) color.RGBA {
	x, y := p.view.xy(q)
	return p.img.RGBAAt(int(x), int(y))
}

func apart(a, b color.RGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B))
}

func TestFigureColours(t *testing.T) {
	f := &Figure{WidthPx: 800, Areas: []orb.MultiPolygon{square}, Hexes: hexes(t, func(p orb.Point) data.Class {
		switch {
		case p[1] < 21.97:
			return data.NotCounted
		case p[0] < 105.97:
			return data.Served
		case p[0] < 106.03:
			return data.Weak
		}
		return data.None
	})}
	p := mustDraw(t, f)
	if p.img.Bounds().Dx() != 800 {
		t.Errorf("%v wide, want 800", p.img.Bounds())
	}
	plain := onLevel(tint{}) // level ground and nothing on it
	for _, tc := range []struct {
		name string
		at   orb.Point
		want color.RGBA
	}{
		{"served", orb.Point{105.94, 22.01}, onLevel(servedTint)},
		{"weak", orb.Point{106, 22.03}, onLevel(weakTint)},
		{"none", orb.Point{106.06, 22.02}, onLevel(noneTint)},
		{"not counted", orb.Point{106, 21.94}, plain},
	} {
		if got := p.at(tc.at); apart(got, tc.want) > 1 { // rounding
			t.Errorf("%s at %v: %v, want %v", tc.name, tc.at, got, tc.want)
		}
	}
	if out, in := p.at(orb.Point{106.103, 21.94}), p.at(orb.Point{106.08, 21.94}); out.R <= in.R {
		t.Errorf("outside the area the ground is %v, not lighter than %v inside", out, in)
	}
}

func TestFigureHexesLeaveNoSeams(t *testing.T) {
	f := &Figure{WidthPx: 1000, Areas: []orb.MultiPolygon{square}, Hexes: hexes(t, func(orb.Point) data.Class { return data.None })}
	p := mustDraw(t, f)
	x0, y0 := p.view.xy(orb.Point{105.92, 22.05})
	x1, y1 := p.view.xy(orb.Point{106.05, 21.95})
	want := onLevel(noneTint)
	for y := int(y0); y < int(y1); y++ {
		for x := int(x0); x < int(x1); x++ {
			if got := p.img.RGBAAt(x, y); apart(got, want) > 1 {
				t.Fatalf("%v at %d, %d inside one class, want %v", got, x, y, want)
			}
		}
	}
}

func TestFigureClassesDifferInLightness(t *testing.T) {
	// Rec. 709 luma of the colours on level ground. Steps of a tenth of the range
	// are easily told apart without any colour.
	luma := func(c color.RGBA) float64 {
		return (0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)) / 255
	}
	served, weak, none := luma(onLevel(servedTint)), luma(onLevel(weakTint)), luma(onLevel(noneTint))
	if weak-none < 0.1 || served-none < 0.1 {
		t.Errorf("lightness: served %.2f, weak %.2f, none %.2f", served, weak, none)
	}
	// Served and weak are blue and orange, the opposites that every form of
	// dichromacy without red or green still tells apart.
	if s, w := onLevel(servedTint), onLevel(weakTint); int(s.B)-int(s.R) < 30 || int(w.R)-int(w.B) < 60 {
		t.Errorf("served %v is not blue or weak %v not orange", s, w)
	}
}

// ridge is a terrain that rises from the west to 106° E and falls beyond.
func ridge() *terrain.Grid {
	const n = 200
	g := &terrain.Grid{West: 105.85, North: 22.15, StepLon: 0.0015, StepLat: 0.0015, Width: n, Height: n}
	for range n {
		for i := range n {
			lon := g.West + float64(i)*g.StepLon
			g.HeightsM = append(g.HeightsM, float32(1500-20_000*math.Abs(lon-106)))
		}
	}
	return g
}

func TestFigureRelief(t *testing.T) {
	f := &Figure{WidthPx: 800, Areas: []orb.MultiPolygon{square}, Terrain: ridge()}
	p := mustDraw(t, f)
	west, east := p.at(orb.Point{105.95, 22}), p.at(orb.Point{106.05, 22})
	if int(west.R)-int(east.R) < 30 {
		t.Errorf("the slope towards the light is %v, the one away from it %v", west, east)
	}
	void := ridge()
	for i := range void.HeightsM {
		void.HeightsM[i] = float32(math.NaN())
	}
	f.Terrain = void
	if got := mustDraw(t, f).at(orb.Point{105.95, 22}); apart(got, onLevel(tint{})) > 1 {
		t.Errorf("ground without terrain is %v, want evenly light", got)
	}
}

func crowd() *Figure {
	f := &Figure{
		WidthPx: 1200,
		Areas:   []orb.MultiPolygon{square},
		Terrain: ridge(),
		Text: FigureText{
			Title: "Thôn, xóm lõm sóng", Subtitle: "LTE", Hexes: "Tín hiệu", Served: "Đạt", Weak: "Yếu", None: "Không",
			Villages: "Thôn", GapWeak: "Yếu", GapNone: "Không", GapDeclared: "Kê khai", Village: "Khác",
			Sites: "Trạm", Site: "Hiện có", Proposal: "Đề xuất", North: "B",
			Notes: []string{"Tiêu chí"}, Attribution: "Dữ liệu giả định",
		},
	}
	classes := []data.Class{data.Weak, data.None, data.Served}
	for i := range 60 {
		q := orb.Point{105.92 + 0.018*float64(i%10), 21.93 + 0.025*float64(i/10)}
		f.Villages = append(f.Villages, FigureVillage{
			Name: "Nặm Quét " + strings.Repeat("ữ", i%7), Center: q, Class: classes[i%3], Gap: i%4 != 0,
			Geometry: orb.Polygon{orb.Bound{Min: q, Max: orb.Point{q[0] + 0.004, q[1] + 0.004}}.ToRing()},
		})
		f.Sites = append(f.Sites, orb.Point{q[0] + 0.005, q[1] - 0.003})
	}
	for i := range 12 {
		f.Proposals = append(f.Proposals, FigureProposal{Position: orb.Point{105.98 + 0.002*float64(i), 22.01}, Rank: i + 1})
	}
	f.Proposals = append(f.Proposals, FigureProposal{Position: orb.Point{100, 22}, Rank: 123}) // off the map
	return f
}

func TestFigureLabelsDoNotCollide(t *testing.T) {
	p := mustDraw(t, crowd())
	var labels int
	for i, a := range p.taken {
		if a.y1-a.y0 < labelPx*p.unit || a.x1-a.x0 < 3*(a.y1-a.y0) {
			continue // a marker
		}
		labels++
		for _, b := range p.taken[:i] {
			if a.meets(b) {
				t.Errorf("%v covers %v", a, b)
			}
		}
	}
	if labels < 10 {
		t.Errorf("only %d labels found room", labels)
	}
}

func TestFigureProposalsDoNotCollide(t *testing.T) {
	p := mustDraw(t, crowd())
	placed := p.placeProposals()
	if len(placed) != 12 {
		t.Fatalf("%d markers, want the 12 on the map", len(placed))
	}
	for i, a := range placed {
		for _, b := range placed[:i] {
			if math.Hypot(a.x-b.x, a.y-b.y) < 2*markerPx*p.unit {
				t.Errorf("marker %d covers marker %d", a.rank, b.rank)
			}
		}
	}
	if first := placed[0]; first.rank != 1 || first.x != first.siteX || first.y != first.siteY {
		t.Errorf("the first marker %+v was moved", first)
	}
}

func TestFigureIsDeterministic(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		f := crowd()
		f.Hexes = hexes(t, func(p orb.Point) data.Class {
			if p[0]+p[1] < 128 {
				return data.Weak
			}
			return data.Served
		})
		if err := f.WritePNG(w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two drawings differ")
	}
	img, err := png.Decode(&a)
	if err != nil {
		t.Fatal(err)
	}
	if r := img.Bounds(); r.Dx() != 1200 || r.Dy() < 600 || r.Dy() > 2000 {
		t.Errorf("the picture is %v", r)
	}
}

func TestFigureHasVietnameseLetters(t *testing.T) {
	const letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ–−≥°²″₫…"
	for name, ttf := range map[string][]byte{"regular": liberationsansregular.TTF, "bold": liberationsansbold.TTF} {
		var buf sfnt.Buffer
		for _, r := range letters + strings.ToUpper(letters) {
			if g, err := mustParse(ttf).GlyphIndex(&buf, r); err != nil || g == 0 {
				t.Errorf("%s has no %q: %v", name, r, err)
			}
		}
	}
	// Letters with marks apart, as macOS writes file names, look the same.
	var imgs [2]*image.RGBA
	for i, form := range []norm.Form{norm.NFC, norm.NFD} {
		f := crowd()
		f.Text.Title = form.String(f.Text.Title)
		for j := range f.Villages {
			f.Villages[j].Name = form.String(f.Villages[j].Name)
		}
		imgs[i] = mustDraw(t, f).img
	}
	if !bytes.Equal(imgs[0].Pix, imgs[1].Pix) {
		t.Error("composed and decomposed text differ")
	}
}

func TestFigureLegendHoldsWhatIsShown(t *testing.T) {
	text := func(f *Figure) string {
		p := mustDraw(t, f)
		var b strings.Builder
		for _, r := range p.legend().rows {
			b.WriteString(strings.Join(r.lines, " ") + "|")
		}
		return b.String()
	}
	f := crowd()
	if got, want := text(f), "Thôn|Không|Yếu|Kê khai|Khác|Trạm|Hiện có|Đề xuất|Tiêu chí|"; got != want {
		t.Errorf("legend %q, want %q", got, want)
	}
	f.Villages, f.Proposals = f.Villages[:1], nil // the first is no gap
	f.Hexes = hexes(t, func(orb.Point) data.Class { return data.Served })
	if got, want := text(f), "Tín hiệu|Đạt|Yếu|Không|Thôn|Khác|Trạm|Hiện có|Tiêu chí|"; got != want {
		t.Errorf("legend %q, want %q", got, want)
	}
}

func TestFigureWrapsText(t *testing.T) {
	f := crowd()
	f.Text.Title = strings.Repeat("Vùng phủ sóng ", 12)
	f.WidthPx = 600
	p := mustDraw(t, f)
	wide := (designWidth - 2*marginPx) * p.unit
	lines := p.wrap(f.Text.Title, style{titlePx, true}, wide)
	if len(lines) < 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, l := range lines {
		if w := p.width(l, style{titlePx, true}); w > wide {
			t.Errorf("%q is %.0f pixels wide, the picture has %.0f", l, w, wide)
		}
	}
}

func TestFigureScaleIsTrue(t *testing.T) {
	for v, want := range map[float64]float64{1: 1, 1.9: 1, 2: 2, 4.9: 2, 5: 5, 9.9: 5, 10: 10, 0.3: 0.2, 730: 500} {
		if got := roundBelow(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("roundBelow(%v) = %v, want %v", v, got, want)
		}
	}
	// The map has the same scale in both directions: a square of 10 km on the
	// ground is a square of pixels.
	p := mustDraw(t, crowd())
	lonM, latM := degreeM(p.view.center)
	if a, b := p.view.pxPerDegLon/lonM, p.view.pxPerDegLat/latM; math.Abs(a/b-1) > 1e-9 {
		t.Errorf("%v pixels a metre eastwards, %v northwards", a, b)
	}
	q := orb.Point{105.93, 22.07}
	if back := p.view.position(p.view.xy(q)); math.Abs(back[0]-q[0]) > 1e-12 || math.Abs(back[1]-q[1]) > 1e-12 {
		t.Errorf("%v comes back as %v", q, back)
	}
}

func TestFigureErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		f    Figure
		want error
	}{
		"nothing":    {Figure{WidthPx: 1600}, ErrFigureEmpty},
		"no polygon": {Figure{WidthPx: 1600, Areas: []orb.MultiPolygon{{}}}, ErrFigureEmpty},
		"narrow":     {Figure{WidthPx: 599, Areas: []orb.MultiPolygon{square}}, ErrFigureWidth},
		"wide":       {Figure{WidthPx: 8001, Areas: []orb.MultiPolygon{square}}, ErrFigureWidth},
	} {
		if img, err := tc.f.Draw(); !errors.Is(err, tc.want) || img != nil {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, err := (&Figure{WidthPx: 600, Sites: []orb.Point{{106, 22}}}).Draw(); err != nil {
		t.Errorf("a single site: %v", err)
	}
}
