package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sight"
	"github.com/google/go-cmp/cmp"
)

// valley is a path from a mast over a ridge of 300 m into a valley.
func valley(tb testing.TB) *ProfileFigure {
	tb.Helper()
	p := &propagation.Profile{}
	for i := range 101 {
		x := float64(i)
		p.DistanceM = append(p.DistanceM, 60*x)
		p.TerrainM = append(p.TerrainM, 500+300*math.Exp(-(x-60)*(x-60)/50)-x)
	}
	v, err := sight.Between(p, propagation.Link{FrequencyMHz: 900, TxHeightM: 60, RxHeightM: 1.5})
	if err != nil {
		tb.Fatal(err)
	}
	return &ProfileFigure{View: v, Text: ProfileText{
		Title: "A: Nà Phặc – B: Khuổi Đeng", Subtitle: "6,00 km, 900 MHz", DistanceAxis: "km từ A", HeightAxis: "độ cao (m)",
		Ground: "địa hình", Ray: "đường thẳng", Fresnel: "vùng Fresnel thứ nhất", Ridge: "740 m, cao hơn đường ngắm <265 m>",
		Number: lang.Vietnamese.Float,
	}}
}

func TestProfileText(t *testing.T) {
	var b bytes.Buffer
	if err := valley(t).WriteText(&b); err != nil {
		t.Fatal(err)
	}
	const want = `
741 m ┤                                    ▁▇▼▆
      │                                    ████▆
      │                                   ▆█████▁
      │                                   ███████
      │                                  ████████▂
586 m ┤··                               ▂█████████
      │  ·············                  ██████████▄
      │▂▁▁▁           ············     ▇███████████▁
      │██████▇▇▇▆▆▅▅▅▄▄▃▃▃▂▂▁▁▁   ···▃██████████████▁
      │███████████████████████████▇▇█████████████████▄▁····
      │████████████████████████████████████████████████▇▆▆▅▅▅▄▄▃▃▂▂▂▁▁·
400 m ┤████████████████████████████████████████████████████████████████
      A                                                       6,0 km B
`
	if diff := cmp.Diff(want, "\n"+b.String()); diff != "" {
		t.Error(diff)
	}
}

// Two samples are drawn as the straight ground between them.
func TestProfileTextShort(t *testing.T) {
	f := valley(t)
	v, err := sight.Between(&propagation.Profile{DistanceM: []float64{0, 40}, TerrainM: []float64{10, 10}}, propagation.Link{FrequencyMHz: 900, TxHeightM: 20, RxHeightM: 5})
	if err != nil {
		t.Fatal(err)
	}
	f.View = v
	var b bytes.Buffer
	if err := f.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if bottom := lines[profileRows-1]; !strings.HasSuffix(bottom, strings.Repeat("█", profileColumns)) || strings.Contains(b.String(), "▼") {
		t.Errorf("drawn as\n%s", &b)
	}
	f.View = &sight.View{}
	if err := f.WriteText(io.Discard); !errors.Is(err, ErrProfileShort) {
		t.Errorf("no samples: error %v", err)
	}
	if err := f.WriteSVG(io.Discard); !errors.Is(err, ErrProfileShort) {
		t.Errorf("no samples: error %v", err)
	}
}

func TestProfileSVG(t *testing.T) {
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := valley(t).WriteSVG(b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same figure gives different bytes")
	}
	var texts []string
	dec := xml.NewDecoder(&first)
	for inText := false; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "text"
		case xml.CharData:
			if s := strings.TrimSpace(string(e)); inText && s != "" {
				texts = append(texts, s)
			}
		}
	}
	f := valley(t).Text
	for _, want := range []string{f.Title, f.Subtitle, f.DistanceAxis, f.HeightAxis, f.Ground, f.Ray, f.Fresnel, f.Ridge, "600"} {
		found := 0
		for _, s := range texts {
			if s == want {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%q stands %d times in %q", want, found, texts)
		}
	}
	if n := bytes.Count(second.Bytes(), []byte("font-family:Liberation Sans;")); n > 0 {
		t.Errorf("%d texts without a font to fall back on", n)
	}
}

// Letters with two marks are written as one, however they came.
func TestProfileComposed(t *testing.T) {
	f := valley(t)
	f.Text.Title = "Nà Pha\u0323\u0306c" // a, dot below, breve
	var b bytes.Buffer
	if err := f.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b.Bytes(), []byte("Nà Phặc")) {
		t.Error("the title is not composed")
	}
}
