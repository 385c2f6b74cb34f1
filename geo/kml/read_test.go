package kml

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/internal/geotest"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

const villages = `<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Cao Bằng</name>
<Style id="a"><LineStyle><color>ff0000ff</color></LineStyle></Style>
<Folder><name>Trắng sóng</name>
<Placemark id="p1"><name>Nà Lừa</name><description><![CDATA[48 hộ]]></description>
<ExtendedData><Data name="code"><value>01273</value></Data><SchemaData><SimpleData name="households">48</SimpleData></SchemaData></ExtendedData>
<Point><coordinates>106.1,22.6,800</coordinates></Point></Placemark>
<Placemark><name>Vùng</name><MultiGeometry>
<Polygon><outerBoundaryIs><LinearRing><coordinates>106,22 107,22 107,23 106,22</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>106.4,22.1
 106.5,22.1 106.5,22.2 106.4,22.1</coordinates></LinearRing></innerBoundaryIs></Polygon>
<Polygon><outerBoundaryIs><LinearRing><coordinates>108,22 109,22 109,23 108,22</coordinates></LinearRing></outerBoundaryIs></Polygon>
</MultiGeometry></Placemark></Folder>
<Placemark><name>Sai</name><Point><coordinates>22.6;106.1</coordinates></Point></Placemark>
<Placemark><name>Đường</name><LineString><coordinates>106,22 106.1,22.1</coordinates></LineString></Placemark>
<Placemark><name>Không có chỗ</name></Placemark>
</Document></kml>`

func collect(data string) (features []geo.Feature, errs []error) {
	return geotest.Collect(Read(context.Background(), strings.NewReader(data), "v.kml"))
}

// As GDAL's LIBKML driver writes the main document of a KMZ: a link to each layer.
func TestOnlyLinks(t *testing.T) {
	const links = `<kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root_doc"><NetworkLink><name>thon</name><Link><href>layers/thon.kml</href></Link></NetworkLink></Document></kml>`
	got, errs := collect(links)
	if len(got) != 0 || len(errs) != 1 || !errors.Is(errs[0], ErrFormat) || !strings.Contains(errs[0].Error(), `"layers/thon.kml"`) {
		t.Errorf("%d placemarks, %v", len(got), errs)
	}
	if _, errs := collect(strings.Replace(links, "</Document>", "<Placemark/></Document>", 1)); errs != nil {
		t.Errorf("a link beside a placemark: %v", errs)
	}
}

func TestRead(t *testing.T) {
	got, errs := collect(villages)
	text := func(name, value string) geo.Field { return geo.Field{Name: name, Value: value, Kind: geo.Text} }
	triangle := func(x float64) orb.Ring { return orb.Ring{{x, 22}, {x + 1, 22}, {x + 1, 23}, {x, 22}} }
	want := []geo.Feature{
		{ID: "p1", Geometry: orb.Point{106.1, 22.6}, Fields: []geo.Field{
			text("name", "Nà Lừa"), text("description", "48 hộ"), text("code", "01273"), text("households", "48"), text("folder", "Trắng sóng")}},
		{Geometry: orb.MultiPolygon{{triangle(106), {{106.4, 22.1}, {106.5, 22.1}, {106.5, 22.2}, {106.4, 22.1}}}, {triangle(108)}},
			Fields: []geo.Field{text("name", "Vùng"), text("folder", "Trắng sóng")}},
		{Geometry: orb.LineString{{106, 22}, {106.1, 22.1}}, Fields: []geo.Field{text("name", "Đường")}},
		{Fields: []geo.Field{text("name", "Không có chỗ")}},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(geo.Feature{}, "Pos"), cmpopts.IgnoreFields(geo.Field{}, "Line", "Column")); d != "" {
		t.Error(d)
	}
	var in *geo.InputError
	if len(errs) != 1 || !errors.Is(errs[0], ErrFeature) || !errors.As(errs[0], &in) || in.Pos.Line != 14 {
		t.Errorf("the placemark with a semicolon gives %v", errs)
	}
}

func TestBrokenDocuments(t *testing.T) {
	for name, data := range map[string]string{
		"empty":     "",
		"cut":       villages[:700],
		"other XML": "<gpx><trk/></gpx>",
		"not XML":   "site_id,longitude",
		"deep":      "<kml>" + strings.Repeat("<Folder>", 200),
	} {
		_, errs := collect(data)
		if len(errs) == 0 || !errors.Is(errs[len(errs)-1], ErrFormat) {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

func kmz(t testing.TB, name string, body []byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadKMZ(t *testing.T) {
	count := func(data []byte) (n int, last error) {
		for _, err := range ReadKMZ(context.Background(), bytes.NewReader(data), int64(len(data)), "v.kmz") {
			if err != nil {
				last = err
				continue
			}
			n++
		}
		return n, last
	}
	if n, _ := count(kmz(t, "doc.kml", []byte(villages))); n != 4 {
		t.Errorf("%d placemarks, want 4", n)
	}
	bomb := append([]byte("<kml><Document><name>"), bytes.Repeat([]byte(" "), 20<<20)...)
	for name, data := range map[string][]byte{
		"no document": kmz(t, "a.png", nil), "no archive": []byte(villages), "bomb": kmz(t, "doc.kml", bomb),
	} {
		if n, err := count(data); n != 0 || !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %d placemarks, %v", name, n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(villages)
	f.Add("<kml><Placemark><Point><coordinates>1,2</coordinates></Point></Placemark></kml>")
	f.Fuzz(func(t *testing.T, data string) { _, _ = collect(data) })
}
