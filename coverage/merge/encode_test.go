package merge

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/covgap/covgap/coverage/antenna"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/google/go-cmp/cmp"
)

// Key makes results keyed by their transmitter alone.
func (r results) Key(tx sweep.Transmitter) store.Key {
	return sha256.Sum256(fmt.Appendf(nil, "%+v", tx))
}

// small makes a grid, a network and its layers.
func small(t testing.TB, seed uint64) (*Grid, []data.Site, results, []Layer) {
	t.Helper()
	cells, parents := region(t)
	g, err := NewGrid(cells)
	if err != nil {
		t.Fatal(err)
	}
	sites, src := network(rand.New(rand.NewPCG(seed, 1)), parents, 6)
	layers, err := Layers(t.Context(), g, sites, src, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g, sites, src, layers
}

func TestEncodeDecode(t *testing.T) {
	for seed := range uint64(20) {
		g, sites, _, layers := small(t, seed)
		encoded := Encode(layers)
		got, err := Decode(encoded, g, sites, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(layers, got); diff != "" {
			t.Fatalf("seed %d: (-merged +decoded)\n%s", seed, diff)
		}
	}
}

// What is damaged, or of another network, is refused: it costs a merge, never a wrong
// number.
func TestDecodeRefuses(t *testing.T) {
	g, sites, _, layers := small(t, 1)
	encoded := Encode(layers)
	other, otherSites, _, _ := small(t, 2)
	if _, err := Decode(encoded, other, otherSites, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("layers of another network: %v", err)
	}
	fewer, err := NewGrid(g.Cells()[1:])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(encoded, fewer, sites, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("layers of another grid: %v", err)
	}
	for n := range len(encoded) {
		if n > 200 && n%97 != 0 {
			continue
		}
		if _, err := Decode(encoded[:n], g, sites, Options{}); !errors.Is(err, ErrFormat) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	if _, err := Decode(append(encoded, 0), g, sites, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("a byte too many: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	g, sites, _, layers := small(f, 1)
	f.Add(Encode(layers))
	f.Add([]byte(layersMagic + "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Decode(b, g, sites, Options{})
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		for i := range got {
			if n := len(got[i].BestCentiDB); n != g.Len() {
				t.Fatalf("a layer of %d cells on a grid of %d", n, g.Len())
			}
		}
	})
}

// The key differs when anything does that layers depend on, and only then.
func TestKey(t *testing.T) {
	pattern := func(text string) antenna.Pattern {
		p, err := antenna.ReadMSI(strings.NewReader(text), "a.msi")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	msi := func(backDB int) string {
		var b strings.Builder
		b.WriteString("NAME test\nFREQUENCY 1800\nGAIN 17 dBi\n")
		for _, cut := range []string{"HORIZONTAL", "VERTICAL"} {
			fmt.Fprintf(&b, "%s 360\n", cut)
			for deg := range 360 {
				db := 0
				if deg > 60 && deg < 300 {
					db = backDB
				}
				fmt.Fprintf(&b, "%d %d\n", deg, db)
			}
		}
		return b.String()
	}
	base := func() (*Grid, []data.Site, results, Options) {
		g, sites, src, _ := small(t, 3)
		sites[0].Sectors[0].AntennaFile = "a.msi"
		return g, sites, src, Options{Antennas: map[string]antenna.Pattern{"a.msi": pattern(msi(20))}, FloorDBm: func(data.Technology, float64) float64 { return -120 }}
	}
	key := func(change func(g **Grid, sites []data.Site, o *Options)) store.Key {
		t.Helper()
		g, sites, src, o := base()
		change(&g, sites, &o)
		k, err := Key(g, sites, src, o)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	want := key(func(**Grid, []data.Site, *Options) {})
	for name, change := range map[string]func(g **Grid, sites []data.Site, o *Options){
		"read anew": func(**Grid, []data.Site, *Options) {},
		"the row":   func(_ **Grid, sites []data.Site, _ *Options) { sites[0].Sectors[0].Pos.Line = 77 },
		"workers":   func(_ **Grid, _ []data.Site, o *Options) { o.Workers = 7 },
	} {
		if key(change) != want {
			t.Errorf("%s: another key", name)
		}
	}
	for name, change := range map[string]func(g **Grid, sites []data.Site, o *Options){
		"azimuth":   func(_ **Grid, sites []data.Site, _ *Options) { sites[1].Sectors[0].AzimuthDeg++ },
		"power":     func(_ **Grid, sites []data.Site, _ *Options) { sites[1].Sectors[0].PowerDBm++ },
		"operator":  func(_ **Grid, sites []data.Site, _ *Options) { sites[1].Sectors[0].Operator = "C" },
		"height":    func(_ **Grid, sites []data.Site, _ *Options) { sites[1].Sectors[0].AntennaHeightM++ },
		"position":  func(_ **Grid, sites []data.Site, _ *Options) { sites[1].Position[0] += 1e-6 },
		"order":     func(_ **Grid, sites []data.Site, _ *Options) { sites[1], sites[2] = sites[2], sites[1] },
		"receiver":  func(_ **Grid, _ []data.Site, o *Options) { o.Receiver = linkbudget.Receiver{BodyLossDB: 3} },
		"floor":     func(_ **Grid, _ []data.Site, o *Options) { o.FloorDBm = nil },
		"a pattern": func(_ **Grid, _ []data.Site, o *Options) { o.Antennas["a.msi"] = pattern(msi(21)) },
		"the grid": func(g **Grid, _ []data.Site, _ *Options) {
			fewer, err := NewGrid((*g).Cells()[1:])
			if err != nil {
				t.Fatal(err)
			}
			*g = fewer
		},
	} {
		if key(change) == want {
			t.Errorf("%s: the same key", name)
		}
	}
}
