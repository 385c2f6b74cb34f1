package osmpbf

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zlib"
	"github.com/paulmach/orb"
)

// message builds protocol buffers by hand: the tests need few of them.
type message struct{ b []byte }

func (m *message) varint(field int, v uint64) *message {
	m.b = binary.AppendUvarint(binary.AppendUvarint(m.b, uint64(field)<<3), v)
	return m
}

func (m *message) bytes(field int, data []byte) *message {
	m.b = append(binary.AppendUvarint(binary.AppendUvarint(m.b, uint64(field)<<3|2), uint64(len(data))), data...)
	return m
}

func (m *message) packed(field int, values ...uint64) *message {
	var b []byte
	for _, v := range values {
		b = binary.AppendUvarint(b, v)
	}
	return m.bytes(field, b)
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func zigzags(values ...int64) []uint64 {
	out := make([]uint64, len(values))
	for i, v := range values {
		out[i] = zigzag(v)
	}
	return out
}

func block(kind string, body []byte, compress bool) []byte {
	var blob message
	if compress {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, _ = w.Write(body)
		_ = w.Close()
		blob.varint(2, uint64(len(body))).bytes(3, z.Bytes())
	} else {
		blob.bytes(1, body)
	}
	var head message
	head.bytes(1, []byte(kind)).varint(3, uint64(len(blob.b)))
	out := binary.BigEndian.AppendUint32(nil, uint32(len(head.b)))
	return append(append(out, head.b...), blob.b...)
}

func header(required ...string) []byte {
	var h message
	for _, f := range required {
		h.bytes(4, []byte(f))
	}
	return block("OSMHeader", h.b, false)
}

// province has a hamlet and a plain node (dense), a town (single), a road that an
// extract cut off, a road of which one node is left, and a square.
func province() []byte {
	var table message
	for _, s := range []string{"", "place", "hamlet", "name", "Nà Lừa", "town", "highway", "track", "area", "yes"} {
		table.bytes(1, []byte(s))
	}
	var dense, town, road, cut, square message
	dense.packed(1, zigzags(10, 1, 1)...).packed(8, zigzags(226_000_000, 10_000, 10_000)...).packed(9, zigzags(1060_000_000, -10_000, 0)...).
		packed(10, 1, 2, 3, 4, 0, 0, 0)
	town.varint(1, zigzag(7)).packed(2, 1).packed(3, 5).varint(8, zigzag(225_000_000)).varint(9, zigzag(1060_500_000))
	road.varint(1, 100).packed(2, 6).packed(3, 7).packed(8, zigzags(10, 1, 88, -87)...)
	cut.varint(1, 101).packed(2, 6).packed(3, 7).packed(8, zigzags(10, 90)...)
	square.varint(1, 102).packed(2, 6, 8).packed(3, 7, 9).packed(8, zigzags(10, 1, 1, -2)...)
	var nodes, single, ways, all message
	nodes.bytes(2, dense.b)
	single.bytes(1, town.b)
	ways.bytes(3, road.b).bytes(3, cut.b).bytes(3, square.b)
	all.bytes(1, table.b).bytes(2, nodes.b).bytes(2, single.b).bytes(2, ways.b)
	return append(header("OsmSchema-V0.6", "DenseNodes"), block("OSMData", all.b, true)...)
}

func collect(t *testing.T, data []byte, s Selection) (features []geo.Feature, errs []error) {
	t.Helper()
	for f, err := range Read(context.Background(), bytes.NewReader(data), "x.osm.pbf", s) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		features = append(features, f)
	}
	return features, errs
}

func TestRead(t *testing.T) {
	got, errs := collect(t, province(), Places)
	text := func(name, value string) geo.Field { return geo.Field{Name: name, Value: value, Kind: geo.Text} }
	want := []geo.Feature{
		{ID: "node/10", Geometry: orb.Point{106, 22.6}, Pos: geo.Position{File: "x.osm.pbf", Feature: 1},
			Fields: []geo.Field{text("osm_id", "10"), text("osm_type", "node"), text("place", "hamlet"), text("name", "Nà Lừa")}},
		{ID: "node/7", Geometry: orb.Point{106.05, 22.5}, Pos: geo.Position{File: "x.osm.pbf", Feature: 2},
			Fields: []geo.Field{text("osm_id", "7"), text("osm_type", "node"), text("place", "town")}},
	}
	if d := cmp.Diff(want, got); d != "" || errs != nil {
		t.Errorf("places: %v %s", errs, d)
	}
	got, errs = collect(t, province(), Roads)
	want = []geo.Feature{{ID: "way/100", Geometry: orb.LineString{{106, 22.6}, {105.999, 22.601}, {105.999, 22.602}}, Pos: geo.Position{File: "x.osm.pbf", Feature: 1},
		Fields: []geo.Field{text("osm_id", "100"), text("osm_type", "way"), text("highway", "track")}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("roads: %s", d)
	}
	if len(errs) != 1 || !errors.Is(errs[0], ErrFeature) {
		t.Errorf("the road of one node gives %v", errs)
	}
	if got, errs = collect(t, province(), Power); got != nil || errs != nil {
		t.Errorf("power: %v %v", got, errs)
	}
}

func TestBrokenFiles(t *testing.T) {
	whole := province()
	huge := binary.BigEndian.AppendUint32(nil, math.MaxInt32)
	var bomb message
	bomb.varint(2, math.MaxInt32).bytes(3, []byte("x"))
	var bombHead message
	bombHead.bytes(1, []byte("OSMHeader")).varint(3, uint64(len(bomb.b)))
	for name, data := range map[string][]byte{
		"empty":            {},
		"text":             []byte("<?xml version='1.0'?><osm/>"),
		"huge header":      huge,
		"cut":              whole[:len(whole)-5],
		"cut header":       whole[:7],
		"data first":       block("OSMData", nil, false),
		"history":          header("OsmSchema-V0.6", "HistoricalInformation"),
		"two-billion blob": append(append(binary.BigEndian.AppendUint32(nil, uint32(len(bombHead.b))), bombHead.b...), bomb.b...),
	} {
		if _, errs := collect(t, data, Roads); len(errs) != 1 || !errors.Is(errs[0], ErrFormat) {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

// packedBlock is a block of data that zlib holds and that claims so many bytes.
func packedBlock(body []byte, claimed int) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(body)
	_ = w.Close()
	var blob, head message
	blob.varint(2, uint64(claimed)).bytes(3, z.Bytes())
	head.bytes(1, []byte("OSMData")).varint(3, uint64(len(blob.b)))
	out := binary.BigEndian.AppendUint32(nil, uint32(len(head.b)))
	return append(append(out, head.b...), blob.b...)
}

// Bombs and counts that nothing bears out end in an error, and what is allocated on
// the way has to do with the size of the file.
func TestHostileFiles(t *testing.T) {
	begin := header("OsmSchema-V0.6", "DenseNodes")
	table := new(message).bytes(1, nil).bytes(1, []byte("highway")).bytes(1, []byte("track")).b
	road := func(refs []byte) []byte {
		way := new(message).varint(1, 1).packed(2, 1).packed(3, 2).bytes(8, refs).b
		return new(message).bytes(1, table).bytes(2, new(message).bytes(3, way).b).b
	}
	ones := bytes.Repeat([]byte{2}, 30<<20) // nodes, each the next one
	claims := road(ones[:100])
	claims[bytes.Index(claims, ones[:100])-1] = 0x7f // of 127 nodes there are 100
	for name, data := range map[string][]byte{
		"30 million nodes of a way in 30 kB": packedBlock(road(ones), len(road(ones))),
		"30 MB of zeros":                     packedBlock(make([]byte, 30<<20), 30<<20),
		"30 MB in a block of 1 kB":           packedBlock(bytes.Repeat([]byte{0xff}, 30<<20), 1<<10),
		"32 MB that are not there":           packedBlock(ones[:400<<10], maxBlockBytes),
		"2 billion bytes":                    packedBlock(ones[:100], math.MaxInt32),
		"16 million strings":                 block("OSMData", new(message).bytes(1, bytes.Repeat([]byte{1<<3 | 2, 0}, 15<<20)).b, false),
		"a list longer than its way":         block("OSMData", claims, false),
		"a way longer than its block": block("OSMData",
			new(message).bytes(1, table).bytes(2, append([]byte{3<<3 | 2}, binary.AppendUvarint(nil, math.MaxInt32)...)).b, false),
	} {
		data = append(bytes.Clone(begin), data...)
		for _, s := range []Selection{Places, Roads} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, errs := collect(t, data, s)
			runtime.ReadMemStats(&after)
			unseen := s.Nodes && name == "a list longer than its way" // ways are passed over
			if !unseen && (len(errs) != 1 || !errors.Is(errs[0], ErrFormat)) {
				t.Errorf("%s, %s: %v", name, s.Key, errs)
			}
			// The file is copied; its strings are 24 bytes each in a list that doubles.
			if got, most := after.TotalAlloc-before.TotalAlloc, uint64(4*len(data)+100<<20); got > most {
				t.Errorf("%s, %s: %d MB allocated for %d kB", name, s.Key, got>>20, len(data)>>10)
			}
		}
	}
}

// The extract of Andorra of May 2013: 68 places, 1,614 roads, 11 power lines.
func TestAndorra(t *testing.T) {
	f, err := os.Open(filepath.Join(reference.Dir(t, "realcase/andorra"), "andorra-2013-05-28.osm.pbf"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, c := range []struct {
		name string
		s    Selection
		want int
	}{
		{"places", Places, 68}, {"roads", Roads, 1614}, {"power lines", Power, 11},
		{"towers", Selection{Key: "power", Values: []string{"tower"}, Nodes: true}, 880},
	} {
		if _, err := f.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		n := 0
		for feature, err := range Read(context.Background(), f, "andorra", c.s) {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			} else if b := feature.Geometry.Bound(); b.Min[0] < 1.3 || b.Max[0] > 1.9 || b.Min[1] < 41.7 || b.Max[1] > 42.75 {
				t.Errorf("%s %s lies at %v", c.name, feature.ID, b)
			}
			n++
		}
		if n != c.want {
			t.Errorf("%d %s, want %d", n, c.name, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(province())
	f.Add(header("DenseNodes"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range []Selection{Places, Roads} {
			for _, err := range Read(context.Background(), bytes.NewReader(data), "x", s) {
				_ = err // any error will do, a panic will not
			}
		}
	})
}
