package pathloss

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/covgap/covgap/geo"
)

// Errors of this package, for errors.Is. Each arrives inside a [*geo.InputError].
var (
	ErrProfile     = errors.New("pathloss: not a profile")             // a row of the profiles
	ErrColumn      = errors.New("pathloss: missing column")            // of the cases
	ErrValue       = errors.New("pathloss: not a value of its column") // of one case
	ErrUnknown     = errors.New("pathloss: no profile of that id")     // of one case
	ErrNoProfiles  = errors.New("pathloss: no profiles")
	ErrLineTooLong = errors.New("pathloss: line too long")
)

// MaxLineBytes bounds a row of profiles: some two million heights.
const MaxLineBytes = 16 << 20

// Profile is a row of profiles.csv: terrain at equal steps, inland throughout.
type Profile struct {
	ID        string
	DistanceM []float64 // from the transmitter
	TerrainM  []float64 // above sea level
	ClutterM  float64   // representative clutter height on every sample
}

// Profiles are the rows of profiles.csv by id.
type Profiles struct {
	file string
	byID map[string]*Profile
	ids  []string // in file order

	byNumber map[float64]string // ids that are numbers, by their value
}

// Len is the number of profiles.
func (ps *Profiles) Len() int { return len(ps.ids) }

// Lookup gives the profile with exactly this id.
func (ps *Profiles) Lookup(id string) (*Profile, bool) {
	p, ok := ps.byID[id]
	return p, ok
}

// add takes a profile whose id is new.
func (ps *Profiles) add(p *Profile) {
	ps.byID[p.ID] = p
	ps.ids = append(ps.ids, p.ID)
	if v, err := strconv.ParseFloat(p.ID, 64); err == nil {
		ps.byNumber[v] = p.ID
	}
}

// fewIDs is up to how many ids are searched for one that is misspelt: millions of
// cases may be.
const fewIDs = 1000

// nearest gives the id that was perhaps meant: whoever computes with ids turns 7 and
// 007 into 7.0.
func (ps *Profiles) nearest(id string) string {
	if v, err := strconv.ParseFloat(id, 64); err == nil {
		return ps.byNumber[v]
	}
	if len(ps.ids) > fewIDs {
		return ""
	}
	return geo.Nearest(id, ps.ids)
}

// ReadProfiles reads rows
//
//	id, n_intervals, step_m, clutter_m, h0 … hn
//
// of any lengths, one profile a line: heights above sea level in metres, steps and
// clutter in metres, the transmitter's end first. A first line whose second field is
// no number is a header. The delimiter is comma, semicolon or tab. Empty fields at
// the end of a line, as spreadsheets leave them, are passed over.
//
// Errors are [*geo.InputError], or ctx's when it is cancelled.
func ReadProfiles(ctx context.Context, r io.Reader, file string) (*Profiles, error) {
	ps := &Profiles{file: file, byID: make(map[string]*Profile), byNumber: make(map[float64]string)}
	lines := bufio.NewReaderSize(r, 64<<10)
	var delimiter byte
	for line := 1; ; line++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &geo.InputError{Pos: geo.Position{File: file, Line: line}, Found: err.Error(), Expected: "a profile on a line", Err: err}
		}
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		row := profileRow{file: file, line: line, text: text}
		if delimiter == 0 {
			delimiter = mostFrequent(text)
			row.split(delimiter)
			if len(row.fields) > 1 && !isNumber(row.fields[1].text) {
				continue // the header
			}
		} else {
			row.split(delimiter)
		}
		p, err := row.profile()
		if err != nil {
			return nil, err
		}
		if _, ok := ps.byID[p.ID]; ok {
			return nil, row.fault(0, fmt.Sprintf("a second profile %q", p.ID), "ids that differ", "")
		}
		ps.add(p)
	}
	if len(ps.ids) == 0 {
		return nil, &geo.InputError{Pos: geo.Position{File: file, Line: 1}, Found: "no profiles", Expected: rowForm, Err: ErrNoProfiles}
	}
	return ps, nil
}

const rowForm = "rows id, n_intervals, step_m, clutter_m, h0 … hn"

// readLine gives a line without its end, and io.EOF after the last. It is valid
// until the next call.
func readLine(r *bufio.Reader) ([]byte, error) {
	text, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(text)
		for errors.Is(err, bufio.ErrBufferFull) {
			if text, err = r.ReadSlice('\n'); len(long)+len(text) > MaxLineBytes {
				return nil, ErrLineTooLong
			}
			long = append(long, text...)
		}
		text = long
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) {
		return nil, err
	}
	return bytes.TrimRight(text, "\r\n"), nil
}

// mostFrequent is the delimiter of a line.
func mostFrequent(text []byte) byte {
	best, most := byte(','), 0
	for _, d := range []byte(",;\t") {
		if n := bytes.Count(text, []byte{d}); n > most {
			best, most = d, n
		}
	}
	return best
}

// profileRow is a line of profiles.
type profileRow struct {
	file   string
	line   int
	text   []byte
	fields []rowField
}

type rowField struct {
	text string
	at   int // byte of the line
}

func (r *profileRow) split(delimiter byte) {
	for at := 0; at <= len(r.text); {
		end := bytes.IndexByte(r.text[at:], delimiter)
		if end < 0 {
			end = len(r.text) - at
		}
		r.fields = append(r.fields, rowField{unquote(bytes.TrimSpace(r.text[at : at+end])), at})
		at += end + 1
	}
}

// unquote takes a pair of quotation marks off a field, which have no use in these
// rows but may stand in them.
func unquote(b []byte) string {
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		b = bytes.TrimSpace(b[1 : len(b)-1])
	}
	return string(b)
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// fault is an error about a field of the row, by its number from 0.
func (r *profileRow) fault(field int, found, expected, hint string) *geo.InputError {
	pos := geo.Position{File: r.file, Line: r.line}
	if field < len(r.fields) {
		pos.Column = utf8.RuneCount(r.text[:r.fields[field].at]) + 1
	}
	return &geo.InputError{Pos: pos, Field: fieldName(field), Found: found, Expected: expected, Hint: hint, Err: ErrProfile}
}

func fieldName(i int) string {
	names := [...]string{"id", "n_intervals", "step_m", "clutter_m"}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("h%d", i-len(names))
}

// number reads a finite number.
func (r *profileRow) number(field int, expected string) (float64, error) {
	v, err := strconv.ParseFloat(r.fields[field].text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, r.fault(field, quoted(r.fields[field].text), expected, "")
	}
	return v, nil
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return strconv.Quote(s)
}

// profile reads the fields.
func (r *profileRow) profile() (*Profile, error) {
	const head = 4
	if !utf8.Valid(r.text) {
		return nil, &geo.InputError{Pos: geo.Position{File: r.file, Line: r.line}, Found: "bytes that are not UTF-8", Expected: rowForm, Err: ErrProfile}
	}
	for len(r.fields) > head+1 && r.fields[len(r.fields)-1].text == "" {
		r.fields = r.fields[:len(r.fields)-1]
	}
	if len(r.fields) < head+2 {
		return nil, &geo.InputError{Pos: geo.Position{File: r.file, Line: r.line, Column: 1},
			Found: fmt.Sprintf("%d fields", len(r.fields)), Expected: rowForm + ", with two heights or more", Err: ErrProfile}
	}
	p := &Profile{ID: r.fields[0].text}
	if p.ID == "" {
		return nil, r.fault(0, "nothing", "an id", "")
	}
	intervals, err := r.number(1, "a number of intervals")
	if err != nil {
		return nil, err
	}
	heights := len(r.fields) - head
	if intervals < 1 || intervals != math.Trunc(intervals) {
		return nil, r.fault(1, r.fields[1].text, "a whole number of 1 or more", "")
	}
	if intervals+1 != float64(heights) {
		return nil, r.fault(1, fmt.Sprintf("%s intervals and %d heights", r.fields[1].text, heights),
			"one height more than intervals", "a row is id, n_intervals, step_m, clutter_m, h0 … hn")
	}
	stepM, err := r.number(2, "a step in metres")
	if err != nil {
		return nil, err
	}
	if stepM <= 0 {
		return nil, r.fault(2, r.fields[2].text, "a step in metres above 0", "")
	}
	if p.ClutterM, err = r.number(3, "a clutter height in metres, 0 for none"); err != nil {
		return nil, err
	}
	if p.ClutterM < 0 {
		return nil, r.fault(3, r.fields[3].text, "a clutter height in metres, 0 for none", "")
	}
	p.DistanceM, p.TerrainM = make([]float64, heights), make([]float64, heights)
	for i := range heights {
		p.DistanceM[i] = float64(i) * stepM
		if p.TerrainM[i], err = r.number(head+i, "a height above sea level in metres"); err != nil {
			return nil, err
		}
	}
	return p, nil
}
