package kml

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/reference"
	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

var options = Options{
	Name: "Cao Bằng", About: "Made for a test.", Yes: "có", No: "không", Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
	Styles: []Style{
		{ID: "none", Color: color.NRGBA{200, 0, 0, 255}, Fill: color.NRGBA{200, 0, 0, 80}, WidthPx: 2},
		{ID: "weak", Color: color.NRGBA{230, 150, 0, 255}},
	},
}

var layer = Layer{
	Layer: table.Layer{Name: "villages", Title: "Thôn, xóm", Columns: []table.Column{
		{Name: "code", Label: "Mã"}, {Name: "name", Label: "Tên"}, {Name: "class"}, {Name: "households", Type: table.Integer, Label: "Số hộ"},
		{Name: "level", Type: table.Number, Decimals: 1}, {Name: "grid", Type: table.Boolean, Label: "Điện lưới"}, {Name: "seen", Type: table.Date},
	}},
	NameColumn: "name", FolderColumn: "class",
	Folders: []Folder{{Value: "none", Title: "Trắng sóng", Style: "none"}, {Value: "weak", Title: "Sóng yếu", Style: "weak", Hidden: true}},
}

func ring(x float64) orb.Ring {
	const y, side = 22, 0.5
	return orb.Ring{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}
}

func fill(t testing.TB, d *Document) {
	t.Helper()
	w, err := d.Layer(layer)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][]any{
		{orb.Point{106.123456, 22.5}, "01273", "Nà <Lừa> & \x01Bản", "weak", 48, -104.26, true, "2025-08-31"},
		{orb.MultiPolygon{{ring(106), {{106.1, 22.1}, {106.2, 22.2}, {106.2, 22.1}, {106.1, 22.1}}}, {ring(107)}}, "04", "Lũng Ỷ", "none", nil, nil, false, nil},
		{orb.LineString{{106, 22}, {106.5, 22.5}}, "05", nil, "served", 1, 0.0, nil, ""},
		{nil, "06", "không có chỗ", "weak", nil, nil, nil, nil},
	} {
		g, _ := r[0].(orb.Geometry)
		if err := w.Write(g, r[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func picturePNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func archive(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	d, err := NewArchive(&b, options)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Overlay(Overlay{Name: "Mức thu", PNG: picturePNG(t), Bound: orb.Bound{Min: orb.Point{105.25, 22.25}, Max: orb.Point{106.75, 23.125}}})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	b := archive(t)
	var got []geo.Feature
	for f, err := range ReadKMZ(context.Background(), bytes.NewReader(b), int64(len(b)), "a.kmz") {
		if err != nil {
			t.Fatal(err)
		}
		f.Fields = slices.DeleteFunc(f.Fields, func(f geo.Field) bool { return f.Name == "description" })
		got = append(got, f)
	}
	text := func(pairs ...string) (out []geo.Field) {
		for i := 0; i < len(pairs); i += 2 {
			kind := map[string]geo.Kind{"households": geo.Number, "level": geo.Number, "grid": geo.Bool}[pairs[i]]
			out = append(out, geo.Field{Name: pairs[i], Value: pairs[i+1], Kind: max(kind, geo.Text)})
		}
		return out
	}
	want := []geo.Feature{ // by folder
		{Geometry: orb.MultiPolygon{{ring(106), {{106.1, 22.1}, {106.2, 22.2}, {106.2, 22.1}, {106.1, 22.1}}}, {ring(107)}},
			Fields: text("name", "Lũng Ỷ", "code", "04", "class", "none", "grid", "false", "folder", "Thôn, xóm / Trắng sóng")},
		{Geometry: orb.Point{106.123456, 22.5},
			Fields: text("name", "Nà <Lừa> & Bản", "code", "01273", "class", "weak", "households", "48", "level", "-104.3", "grid", "true", "seen", "2025-08-31", "folder", "Thôn, xóm / Sóng yếu")},
		{Fields: text("name", "không có chỗ", "code", "06", "class", "weak", "folder", "Thôn, xóm / Sóng yếu")},
		{Geometry: orb.LineString{{106, 22}, {106.5, 22.5}},
			Fields: text("name", "", "code", "05", "class", "served", "households", "1", "level", "0", "folder", "Thôn, xóm / served")},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(geo.Feature{}, "Pos"), cmpopts.IgnoreFields(geo.Field{}, "Line", "Column")); d != "" {
		t.Error(d)
	}
}

func TestArchive(t *testing.T) {
	b := archive(t)
	if !bytes.Equal(b, archive(t)) {
		t.Error("two archives of the same records differ")
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if d := cmp.Diff([]string{"doc.kml", "files/disc.png", "files/overlay-1.png"}, names); d != "" {
		t.Fatal(d)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<href>files/overlay-1.png</href>", "<LatLonBox><north>23.125</north><south>22.25</south><east>106.75</east><west>105.25</west></LatLonBox>",
		`<Style id="none"><IconStyle><color>ff0000c8</color>`, "<PolyStyle><color>500000c8</color>", "<href>files/disc.png</href>", "<styleUrl>#weak</styleUrl>", "<name>Sóng yếu</name><visibility>0</visibility>",
		"&lt;b&gt;Số hộ&lt;/b&gt;: 48&lt;br&gt;", "&lt;b&gt;Điện lưới&lt;/b&gt;: có&lt;br&gt;",
	} {
		if !bytes.Contains(doc, []byte(want)) {
			t.Errorf("the document does not say %q", want)
		}
	}
	if bytes.Contains(doc, []byte("http:")) && bytes.Count(doc, []byte("http:")) != 1 {
		t.Error("the document wants more from the network than the name of its namespace")
	}
}

func TestGDALReadsIt(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		reference.Missing(t, "gdal", "ogrinfo")
	}
	path := filepath.Join(t.TempDir(), "plan.kmz")
	if err := os.WriteFile(path, archive(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ogrinfo", "-al", path).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("Warning")) || bytes.Contains(out, []byte("ERROR")) {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	for _, want := range []string{
		"code (String) = 01273", "households (Integer) = 48", "level (Real) = -104.3", "grid (Integer) = 1", "POINT (106.123456 22.5)", "Layer name: Trắng sóng",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ogrinfo does not say %q", want)
		}
	}
}

func TestWrongUse(t *testing.T) {
	begin := func(t *testing.T) *Document {
		d, err := NewDocument(io.Discard, options)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	write := func(d *Document, g orb.Geometry, values ...any) error {
		w, err := d.Layer(Layer{Layer: table.Layer{Name: "a", Columns: []table.Column{{Name: "x"}}}})
		if err != nil {
			return err
		}
		return w.Write(g, values...)
	}
	for name, c := range map[string]struct {
		use  func(d *Document) error
		want error
	}{
		"style": {func(*Document) error {
			_, err := NewDocument(io.Discard, Options{Styles: []Style{{ID: "no signal"}}})
			return err
		}, table.ErrSchema},
		"unknown style": {func(d *Document) error {
			_, err := d.Layer(Layer{Layer: table.Layer{Name: "a"}, Folders: []Folder{{Style: "other"}}})
			return err
		}, table.ErrSchema},
		"unknown column": {func(d *Document) error {
			_, err := d.Layer(Layer{Layer: table.Layer{Name: "a"}, FolderColumn: "class"})
			return err
		}, table.ErrSchema},
		"metres":              {func(d *Document) error { return write(d, orb.Point{500_000, 2e6}, "a") }, table.ErrGeometry},
		"number":              {func(d *Document) error { return write(d, orb.Point{1, 2}, 5) }, table.ErrSchema},
		"overlay, no archive": {func(d *Document) error { return d.Overlay(Overlay{PNG: picturePNG(t)}) }, ErrOverlay},
	} {
		if err := c.use(begin(t)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := NewArchive(io.Discard, options)
	if err != nil {
		t.Fatal(err)
	}
	world := orb.Bound{Min: orb.Point{-1, -1}, Max: orb.Point{1, 1}}
	for name, o := range map[string]Overlay{"no picture": {Bound: world}, "no bound": {PNG: picturePNG(t)}, "JPEG": {Bound: world, PNG: []byte("\xff\xd8\xff")}} {
		if err := d.Overlay(o); !errors.Is(err, ErrOverlay) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
