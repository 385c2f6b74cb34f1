package antenna

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
)

// ErrFile says that a file holds no antenna pattern.
var ErrFile = errors.New("antenna: not a pattern file")

// DipoleDBi is the gain of a half-wave dipole, 1.64 in power: what a gain in dBd
// lacks to one in dBi (ITU-R BS.561, 2.15 dB).
const DipoleDBi = 2.15

// MSI is an antenna file of the Planet format (.msi, .pln): header lines KEY VALUE,
// then HORIZONTAL and VERTICAL with a row, angle and attenuation, for each degree.
// Angle 0 of HORIZONTAL is the axis, angles run clockwise; angle 0 of VERTICAL is
// the plane of the antenna, angles run downwards.
type MSI struct {
	Cuts
	Name         string  // NAME, else the first line
	Make         string  // "" when not given
	FrequencyMHz float64 // the middle of a range; 0 when not given
	Warnings     []Warning
}

// Warning is something in a pattern file that was read in one of several ways.
type Warning struct {
	Line int // from 1; 0 for the file as a whole
	Text string
}

// Limits of a pattern file.
const (
	maxRows       = 3601  // of a cut: every tenth of a degree
	maxMissingDeg = 30    // the widest gap that is interpolated
	maxDB         = 200.0 // beyond it a number is no attenuation
	signSlackDB   = 1.0   // by so much rounding puts a level above the stated gain
)

// ReadMSI reads a pattern file. file is what errors call it.
//
// GAIN is in dBd unless it says dBi; without a unit a warning says so. Attenuations
// are positive; a cut whose values are all negative holds relative gains and is
// turned round. Angles that are missing are interpolated where the gap is at most
// 30 degrees, and counted; a 361st row repeats the first. A beam that lies as far above
// the plane as TILT says it lies below belongs to a file whose VERTICAL runs
// upwards, and is turned over. Decimal commas, tabs, semicolons, blank lines and
// lines that begin with #, ; or // are taken as they come, and keys that are not
// known are passed over.
//
// The error is a [*geo.InputError] with the line, and wraps ErrFile or comes from r.
func ReadMSI(r io.Reader, file string) (*MSI, error) {
	p := &msiParser{file: file, msi: &MSI{}}
	s := bufio.NewScanner(r)
	for s.Scan() {
		p.line++
		if err := p.take(s.Text()); err != nil {
			return nil, err
		}
	}
	if err := s.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			p.line++
			return nil, p.wrong("a line of more than 64 kB", "lines such as \"12 0.7\"")
		}
		return nil, &geo.InputError{Pos: geo.Position{File: file}, Found: err.Error(), Err: err}
	}
	return p.finish()
}

// msiParser reads a file line by line.
type msiParser struct {
	file  string
	line  int
	msi   *MSI
	lines int // that hold anything

	gainDBi  float64
	gainLine int
	tilt     float64
	tiltLine int // 0 when TILT states no angle
	sections [2]section
	now      *section // nil in the header
}

// msiKeys are the keys that files have in common; vendors add their own.
var msiKeys = []string{
	"NAME", "MAKE", "FREQUENCY", "H_WIDTH", "V_WIDTH", "FRONT_TO_BACK", "GAIN", "TILT", "ELECTRICAL_TILT", "POLARIZATION", "COMMENT",
}

// section is a cut as it stands in the file.
type section struct {
	name   string
	line   int // of its heading, 0 when it has none
	stated int // rows by the heading, 0 when it says nothing
	rows   []msiRow
}

type msiRow struct {
	deg, db float64
	line    int
}

func (p *msiParser) wrong(found, expected string) error {
	return &geo.InputError{Pos: geo.Position{File: p.file, Line: p.line}, Found: found, Expected: expected, Err: ErrFile}
}

func (p *msiParser) warn(line int, format string, args ...any) {
	p.msi.Warnings = append(p.msi.Warnings, Warning{line, fmt.Sprintf(format, args...)})
}

func (p *msiParser) take(text string) error {
	if p.line == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	text = strings.TrimSpace(text)
	if text == "" || text[0] == '#' || text[0] == ';' || strings.HasPrefix(text, "//") {
		return nil
	}
	if strings.ContainsRune(text, 0) {
		return p.wrong("a byte 0", "text; a file of 16-bit characters must be saved as UTF-8 first")
	}
	p.lines++
	key, value := text, ""
	if i := strings.IndexAny(text, " \t=:;,"); i >= 0 {
		key, value = text[:i], strings.Trim(text[i:], " \t=:;,")
	}
	key = strings.ToUpper(key)
	switch key {
	case "HORIZONTAL":
		return p.open(0, key, value)
	case "VERTICAL":
		return p.open(1, key, value)
	}
	if p.now != nil && (slices.Contains(msiKeys, key) || p.now.stated > 0 && len(p.now.rows) >= p.now.stated && !strings.ContainsAny(text[:1], "+-.0123456789")) {
		p.now = nil // a header line after a cut
	}
	if p.now != nil {
		return p.row(text)
	}
	return p.header(key, value, text)
}

// open begins a cut.
func (p *msiParser) open(k int, name, value string) error {
	s := &p.sections[k]
	if s.line > 0 {
		return p.wrong("a second "+name, fmt.Sprintf("one; the first is at line %d", s.line))
	}
	*s = section{name: name, line: p.line}
	if value != "" {
		n, err := strconv.Atoi(strings.Fields(value)[0])
		if err != nil || n < 0 {
			return p.wrong(fmt.Sprintf("%s %q", name, value), "the number of its rows, such as 360")
		}
		s.stated = n
	}
	p.now = s
	return nil
}

// header takes a line of the head, which may be of any vendor.
func (p *msiParser) header(key, value, text string) error {
	switch key {
	case "NAME":
		p.msi.Name = value
	case "MAKE":
		p.msi.Make = value
	case "FREQUENCY":
		mhz, ok := frequencyMHz(value)
		if !ok {
			p.warn(p.line, "FREQUENCY %q is not read", value)
		}
		p.msi.FrequencyMHz = mhz
	case "GAIN":
		return p.gain(value)
	case "TILT", "ELECTRICAL_TILT":
		// TILT ELECTRICAL alone says how, not how far.
		for _, word := range strings.Fields(value) {
			if v, ok := number(word); ok && math.Abs(v) <= 90 {
				p.tilt, p.tiltLine = v, p.line
			}
		}
	default:
		if p.lines == 1 { // some vendors leave NAME away
			p.msi.Name = text
		}
	}
	return nil
}

// gain reads the value of GAIN, such as "15.5", "17.65 dBi" or "15,5dBd".
func (p *msiParser) gain(value string) error {
	digits := strings.TrimRight(strings.ToLower(value), " \tabcdefghijklmnopqrstuvwxyz()[]")
	unit := strings.Trim(strings.ToLower(value)[len(digits):], " \t()[]")
	v, ok := number(digits)
	if !ok || math.Abs(v) > 60 {
		return p.wrong(fmt.Sprintf("GAIN %q", value), "a gain such as \"15.5 dBd\" or \"17.65 dBi\"")
	}
	switch unit {
	case "dbi", "dbic":
		p.gainDBi = v
	case "dbd":
		p.gainDBi = v + DipoleDBi
	case "", "db":
		p.gainDBi = v + DipoleDBi
		p.warn(p.line, "GAIN %s has no unit: read as dBd, which is %.2f dBi; write dBi behind it if it is that", digits, p.gainDBi)
	default:
		return p.wrong(fmt.Sprintf("GAIN %q", value), "a gain in dBd or dBi")
	}
	p.gainLine = p.line
	return nil
}

// frequencyMHz reads "1855", "2.437 GHz", "1710-1880 MHz": the middle of a range.
func frequencyMHz(value string) (mhz float64, ok bool) {
	unit := 1.0
	low := strings.ToLower(value)
	if strings.Contains(low, "ghz") {
		unit = 1000
	}
	words := strings.FieldsFunc(low, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	var sum float64
	n := 0
	for _, w := range words {
		if v, good := number(w); good && n < 2 {
			sum += v * unit
			n++
		}
	}
	if n == 0 || !(sum > 0 && sum < 1e6*float64(n)) {
		return 0, false
	}
	return sum / float64(n), true
}

// number reads a decimal number with a point or a comma. Infinity and NaN are none.
func number(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// row takes a line of a cut: an angle and an attenuation.
func (p *msiParser) row(text string) error {
	f := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ';' })
	if len(f) == 1 {
		f = strings.Split(f[0], ",") // 12,0.7
	}
	if len(f) == 2 {
		f[0] = strings.TrimSuffix(f[0], ",") // 12, 0.7
	}
	const expected = "an angle in degrees and an attenuation in dB, such as \"12 0.7\""
	if len(f) != 2 {
		return p.wrong(fmt.Sprintf("%q in %s", text, p.now.name), expected)
	}
	deg, okDeg := number(f[0])
	db, okDB := number(f[1])
	switch {
	case !okDeg || !okDB:
		return p.wrong(fmt.Sprintf("%q in %s", text, p.now.name), expected)
	case deg < -180 || deg > 360:
		return p.wrong(fmt.Sprintf("angle %s in %s", f[0], p.now.name), "0 to 360 degrees")
	case math.Abs(db) > maxDB:
		return p.wrong(fmt.Sprintf("%s dB in %s", f[1], p.now.name), fmt.Sprintf("at most %g dB", maxDB))
	case len(p.now.rows) == maxRows:
		return p.wrong(fmt.Sprintf("more than %d rows in %s", maxRows, p.now.name), "a row for each degree")
	}
	p.now.rows = append(p.now.rows, msiRow{deg, db, p.line})
	return nil
}

// finish makes the antenna of what was read.
func (p *msiParser) finish() (*MSI, error) {
	p.line = 0 // what is missing has no line
	if p.lines == 0 {
		return nil, p.wrong("an empty file", "an antenna pattern of the MSI format")
	}
	if p.sections[0].line == 0 && p.sections[1].line == 0 {
		return nil, p.wrong("neither HORIZONTAL nor VERTICAL", "an antenna pattern of the MSI format")
	}
	if p.gainLine == 0 {
		return nil, p.wrong("no GAIN", "a line such as \"GAIN 15.5 dBd\" before HORIZONTAL")
	}
	var cuts [2]cut
	for i, name := range []string{"HORIZONTAL", "VERTICAL"} {
		s := &p.sections[i]
		if s.line == 0 {
			p.line = 0
			return nil, p.wrong("no "+name, "a cut of 360 rows under "+name)
		}
		var err error
		if cuts[i], err = p.cut(s); err != nil {
			return nil, err
		}
	}
	p.msi.Cuts = newCuts(p.gainDBi, cuts[0], cuts[1])
	if p.tiltLine > 0 {
		p.checkTilt(cuts)
	}
	return p.msi, nil
}

// tiltSlackDeg is how far a beam may lie from its stated tilt: rows are a degree
// apart, and beams are not symmetric.
const tiltSlackDeg = 1.5

// checkTilt holds the beam of the vertical cut against TILT.
func (p *msiParser) checkTilt(cuts [2]cut) {
	beam := p.msi.TiltDeg()
	switch {
	case math.Abs(beam-p.tilt) <= tiltSlackDeg:
	case p.tilt < 0 && math.Abs(beam+p.tilt) <= tiltSlackDeg: // TILT counts upwards
	case p.tilt > tiltSlackDeg && math.Abs(beam+p.tilt) <= tiltSlackDeg:
		slices.Reverse(cuts[1].attenuationDB[1:])
		p.msi.Cuts = newCuts(p.gainDBi, cuts[0], cuts[1])
		p.warn(p.tiltLine, "TILT is %g degrees and the beam of VERTICAL lies at %.1f: its angles run upwards, and it was turned over", p.tilt, beam)
	default:
		p.warn(p.tiltLine, "TILT is %g degrees and the beam of VERTICAL lies at %.1f: the cut counts", p.tilt, beam)
	}
}

// cut puts the rows of a section into equal steps.
func (p *msiParser) cut(s *section) (cut, error) {
	p.line = s.line
	if len(s.rows) == 0 {
		return cut{}, p.wrong("no rows under "+s.name, "an angle and an attenuation for each degree")
	}
	if err := p.sign(s); err != nil {
		return cut{}, err
	}
	rows, err := p.circle(s)
	if err != nil {
		return cut{}, err
	}
	perDeg := 1
	for _, r := range rows {
		if r.deg != math.Trunc(r.deg) {
			perDeg = 10
		}
	}
	c := cut{attenuationDB: make([]float64, 360*perDeg), perDeg: float64(perDeg)}
	// Each step lies between two rows, the last of which is the first a turn later.
	rows = append(rows, msiRow{deg: rows[0].deg + 360, db: rows[0].db})
	for i := range c.attenuationDB {
		deg := float64(i) / c.perDeg
		if deg < rows[0].deg {
			deg += 360
		}
		k, _ := slices.BinarySearchFunc(rows, deg, func(r msiRow, deg float64) int { return cmp.Compare(r.deg, deg) })
		if rows[k].deg == deg {
			c.attenuationDB[i] = rows[k].db
			continue
		}
		a, b := rows[k-1], rows[k]
		t := (deg - a.deg) / (b.deg - a.deg)
		c.attenuationDB[i] = a.db*(1-t) + b.db*t
	}
	return c, nil
}

// sign turns relative gains into attenuations.
func (p *msiParser) sign(s *section) error {
	least := slices.MinFunc(s.rows, func(a, b msiRow) int { return cmp.Compare(a.db, b.db) })
	most := slices.MaxFunc(s.rows, func(a, b msiRow) int { return cmp.Compare(a.db, b.db) })
	switch {
	case least.db >= -signSlackDB:
		return nil
	case most.db <= signSlackDB:
		for i := range s.rows {
			s.rows[i].db = -s.rows[i].db
		}
		p.warn(s.line, "the values of %s are negative: read as gains relative to GAIN", s.name)
		return nil
	}
	p.line = least.line
	return p.wrong(fmt.Sprintf("%g dB in %s, where another row has %g dB", least.db, s.name, most.db), "attenuations, all of one sign")
}

// circle sorts the rows of a cut around the circle, each angle once, and refuses
// gaps too wide to interpolate.
func (p *msiParser) circle(s *section) ([]msiRow, error) {
	rows := slices.Clone(s.rows)
	for i := range rows {
		if rows[i].deg < 0 {
			rows[i].deg += 360
		}
	}
	// A row at 360 repeats the one at 0.
	closed := 0
	for i := range rows {
		if rows[i].deg == 360 {
			rows[i].deg = 0
			closed++
		}
	}
	slices.SortStableFunc(rows, func(a, b msiRow) int { return cmp.Compare(a.deg, b.deg) })
	kept := rows[:1]
	for _, r := range rows[1:] {
		last := kept[len(kept)-1]
		if r.deg != last.deg {
			kept = append(kept, r)
			continue
		}
		if r.db == last.db {
			continue
		}
		if r.deg == 0 && closed == 1 {
			p.warn(r.line, "%s has %g dB at 0 and %g dB at 360 degrees: the first counts", s.name, last.db, r.db)
			continue
		}
		p.line = r.line
		return nil, p.wrong(fmt.Sprintf("%g dB at %g degrees of %s", r.db, r.deg, s.name), fmt.Sprintf("each angle once; line %d has %g dB", last.line, last.db))
	}
	step := math.Inf(1) // the finest spacing is the file's
	for i := range kept {
		next := kept[(i+1)%len(kept)].deg
		if i == len(kept)-1 {
			next += 360
		}
		gap := next - kept[i].deg
		step = min(step, gap)
		if gap > maxMissingDeg {
			p.line = kept[i].line
			return nil, p.wrong(fmt.Sprintf("%s has no row between %g and %g degrees", s.name, kept[i].deg, math.Mod(next, 360)),
				fmt.Sprintf("a row for each degree; gaps of at most %d degrees are interpolated", maxMissingDeg))
		}
	}
	whole := int(math.Round(360 / max(step, 0.1)))
	if missing := whole - len(kept); missing > 0 {
		p.warn(s.line, "%s has %d of %d angles: the others are interpolated", s.name, len(kept), whole)
	} else if s.stated > 0 && s.stated != len(s.rows) && s.stated != len(kept) {
		p.warn(s.line, "%s says %d rows and has %d", s.name, s.stated, len(s.rows))
	}
	return kept, nil
}
