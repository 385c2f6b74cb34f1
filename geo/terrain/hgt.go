package terrain

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"strings"

	"github.com/covgap/covgap/geo"
)

// SRTM tiles: square, one degree a side, the outer samples on the whole degrees
// and shared with the neighbours; big-endian int16 from the north-west (NASA LP
// DAAC, "The Shuttle Radar Topography Mission Collection User Guide", 2015).
const (
	srtm3Side = 1201 // three arc-seconds
	srtm1Side = 3601 // one arc-second
)

// Heights outside this range are voids: the shore of the Dead Sea lies at -430 m,
// Everest at 8,849 m. It takes in SRTM's own void, -32768.
const (
	lowestM  = -500
	highestM = 9000
)

// sideOf gives the samples of a side from the size of a tile in bytes.
func sideOf(size uint64) (int, error) {
	for _, side := range []int{srtm3Side, srtm1Side} {
		if size == uint64(side*side*2) {
			return side, nil
		}
	}
	return 0, &geo.InputError{
		Found:    fmt.Sprintf("%d bytes", size),
		Expected: fmt.Sprintf("%d (%d x %d samples) or %d (%d x %d)", srtm3Side*srtm3Side*2, srtm3Side, srtm3Side, srtm1Side*srtm1Side*2, srtm1Side, srtm1Side),
		Hint:     "an incomplete download? fetch the tile again",
		Err:      ErrTile,
	}
}

// cornerOf gives the south-west corner from the name of a tile: N22E105.hgt, also
// with more behind it (N22E105.SRTMGL1.hgt) and in small letters.
func cornerOf(name string) (lon, lat int, err error) {
	bad := &geo.InputError{
		Found:    fmt.Sprintf("name %q", name),
		Expected: "the south-west corner in whole degrees, such as N22E105.hgt",
		Err:      ErrTile,
	}
	s := strings.ToUpper(name)
	if len(s) < 7 || len(s) > 7 && !strings.ContainsRune("._-", rune(s[7])) {
		return 0, 0, bad
	}
	number := func(digits string) int {
		n := 0
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' {
				return math.MinInt16
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	lat, lon = number(s[1:3]), number(s[4:7])
	switch s[0] {
	case 'N':
	case 'S':
		lat = -lat
	default:
		return 0, 0, bad
	}
	switch s[3] {
	case 'E':
	case 'W':
		lon = -lon
	default:
		return 0, 0, bad
	}
	if lat < -90 || lat > 89 || lon < -180 || lon > 179 {
		return 0, 0, bad
	}
	return lon, lat, nil
}

// place sets where the samples of an SRTM tile lie.
func (t *tile) place(name string, size uint64) error {
	lon, lat, err := cornerOf(name)
	if err != nil {
		return err
	}
	side, err := sideOf(size)
	if err != nil {
		return err
	}
	t.Width, t.Height = side, side
	t.west, t.north = float64(lon), float64(lat+1)
	t.stepX, t.stepY = 1/float64(side-1), 1/float64(side-1)
	return nil
}

func (t *tile) openHGT() error {
	st, err := os.Stat(t.Path)
	if err != nil {
		return fmt.Errorf("terrain: %w", err)
	}
	if err := t.place(path.Base(strings.ReplaceAll(t.Path, `\`, "/")), uint64(st.Size())); err != nil {
		return err
	}
	t.open = func() (samples, error) {
		f, err := os.Open(t.Path)
		if err != nil {
			return nil, fmt.Errorf("terrain: %w", err)
		}
		return &hgt{r: f, side: t.Width, Closer: f}, nil
	}
	return nil
}

// openZip reads the header of a zip file with one tile in it. The name inside
// gives the corner; nothing is written by that name.
func (t *tile) openZip() error {
	z, err := zip.OpenReader(t.Path)
	if err != nil {
		return &geo.InputError{Found: err.Error(), Expected: "a zip file with one .hgt tile", Err: fmt.Errorf("%w: %w", ErrFormat, err)}
	}
	defer func() { _ = z.Close() }() // opened for reading
	f, err := tileIn(&z.Reader)
	if err != nil {
		return err
	}
	name := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
	if err := t.place(name, f.UncompressedSize64); err != nil {
		return err
	}
	t.open = func() (samples, error) {
		z, err := zip.OpenReader(t.Path)
		if err != nil {
			return nil, fmt.Errorf("terrain: %w", err)
		}
		defer func() { _ = z.Close() }() // opened for reading
		b, err := unzip(&z.Reader, t.Width)
		if err != nil {
			return nil, err
		}
		return &hgt{r: bytes.NewReader(b), side: t.Width, Closer: io.NopCloser(nil)}, nil
	}
	return nil
}

// tileIn finds the one tile of an archive.
func tileIn(z *zip.Reader) (*zip.File, error) {
	var tiles []*zip.File
	for _, f := range z.File {
		name := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		// macOS adds "._" companions of every file.
		if strings.HasSuffix(strings.ToLower(name), ".hgt") && !strings.HasPrefix(name, ".") {
			tiles = append(tiles, f)
		}
	}
	if len(tiles) != 1 {
		return nil, &geo.InputError{Found: fmt.Sprintf("%d .hgt files in the archive", len(tiles)), Expected: "one", Err: ErrTile}
	}
	return tiles[0], nil
}

// unzip gives the bytes of the tile of side samples in an archive. It takes memory
// for these alone, whatever the archive says or holds.
func unzip(z *zip.Reader, side int) ([]byte, error) {
	f, err := tileIn(z)
	if err != nil {
		return nil, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer func() { _ = r.Close() }() // opened for reading
	b := make([]byte, side*side*2)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	// The reader compares the checksum when it comes to the end.
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more samples than the tile's size")
		}
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return b, nil
}

// hgt is an open SRTM tile.
type hgt struct {
	r    io.ReaderAt
	side int
	row  []byte
	io.Closer
}

func (t *hgt) read(dst []float32, x, y, w, h int) error {
	if len(t.row) < 2*w {
		t.row = make([]byte, 2*w)
	}
	row := t.row[:2*w]
	for j := range h {
		offset := 2 * (int64(y+j)*int64(t.side) + int64(x))
		if n, err := t.r.ReadAt(row, offset); n < len(row) {
			return fmt.Errorf("terrain: row %d: %w", y+j, err)
		}
		for i := range w {
			v := float32(int16(binary.BigEndian.Uint16(row[2*i:])))
			if v < lowestM || v > highestM {
				v = nan32
			}
			dst[j*w+i] = v
		}
	}
	return nil
}

var nan32 = float32(math.NaN())
