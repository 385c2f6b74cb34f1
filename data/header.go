package data

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/geo"
)

// headers finds the header of a table below lines of title: the first row that holds
// two names that are known.
type headers struct {
	schemas []*Schema
	mapped  map[string]bool // names, folded, that a mapping knows
}

// headersOf knows the headers of a kind and of a mapping; "" is every kind.
func headersOf(kind Kind, m *Mapping) *headers {
	h := &headers{mapped: map[string]bool{}}
	for _, s := range schemas {
		if s.Kind == kind || kind == "" && s.Kind.mapped() {
			h.schemas = append(h.schemas, s)
		}
	}
	if m == nil {
		return h
	}
	for _, name := range m.Columns {
		h.mapped[geo.Fold(name)] = true
	}
	for name := range m.Where {
		h.mapped[geo.Fold(name)] = true
	}
	return h
}

// least is the number of known names that tell a header.
const least = 2

// choose is what [csvtable.Header] and [xlsx.Options] ask for. A second row belongs to
// the header where it names more columns below names that are not known (Tọa độ over
// Kinh độ and Vĩ độ); so does a row that numbers the columns.
func (h *headers) choose(rows [][]string, at int) (first, last int, names []string) {
	lo, hi := 0, len(rows)
	if at >= 0 {
		lo, hi = at, min(at+1, len(rows))
	}
	for i := lo; i < hi; i++ {
		names = rows[i]
		best := h.count(names)
		last = i
		if i+1 < len(rows) && best > 0 { // a row of title names nothing
			if both, ok := h.merge(rows[i], rows[i+1]); ok && h.count(both) > best {
				names, best, last = both, h.count(both), i+1
			}
		}
		if at < 0 && (best < least || numbers(rows[i]) >= best) {
			continue
		}
		if last+1 < len(rows) && isNumbering(rows[last+1]) {
			last++
		}
		return i, last, names
	}
	return 0, -1, nil
}

// known gives the column of the schema that a header is taken for.
func (h *headers) known(name string) (column string, ok bool) {
	if strings.TrimSpace(name) == "" {
		return "", false
	}
	folded := geo.Fold(name)
	if h.mapped[folded] {
		return folded, true
	}
	for _, s := range h.schemas {
		for i := range s.Columns {
			def := &s.Columns[i]
			if k, _ := find(def, "", []string{name}, []string{folded}); k >= 0 {
				return def.Name, true
			}
			if !def.PerTechnology {
				continue
			}
			for _, t := range []Technology{GSM, UMTS, LTE, NR} {
				if k, _ := find(def, t, []string{name}, []string{folded}); k >= 0 {
					return def.Name, true
				}
			}
		}
	}
	return "", false
}

// count gives the number of different columns that a row names.
func (h *headers) count(row []string) int {
	columns := map[string]bool{}
	for _, c := range row {
		if column, ok := h.known(c); ok {
			columns[column] = true
		}
	}
	return len(columns)
}

// merge lays the lower row of a header over the upper. It is false where the lower is
// none: it holds a number, or something below a name that is known.
func (h *headers) merge(upper, lower []string) (names []string, ok bool) {
	if numbers(lower) > 0 {
		return nil, false
	}
	names = make([]string, max(len(upper), len(lower)))
	group := "" // what stands over several columns
	for i := range names {
		var u, l string
		if i < len(upper) {
			u = strings.TrimSpace(upper[i])
		}
		if i < len(lower) {
			l = strings.TrimSpace(lower[i])
		}
		_, knownUpper := h.known(u)
		_, knownLower := h.known(l)
		_, knownBoth := h.known(u + " " + l)
		switch {
		case knownUpper && l != "" && !knownLower && !knownBoth:
			return nil, false
		case u != "":
			group = u
		case l == "":
			group = ""
		}
		switch {
		case l == "":
			names[i] = u
		case knownLower || group == "":
			names[i] = l
		default:
			names[i] = group + " " + l
		}
	}
	return names, true
}

// numbers counts the cells of a row that are numbers.
func numbers(row []string) int {
	n := 0
	for _, c := range row {
		if _, err := parseNumber(c, true); err == nil {
			n++
		}
	}
	return n
}

var ordinal = regexp.MustCompile(`^\(?(\d{1,3}|[A-Z])\)?$`)

// isNumbering says whether a row numbers the columns, as official tables do below
// their header: 1 2 3 …, (1) (2) (3) …, A B 1 2 …
func isNumbering(row []string) bool {
	const shortest = 4 // three numbers in order may be data
	next, cells := 0, 0
	for _, c := range row {
		if strings.TrimSpace(c) == "" {
			continue
		}
		m := ordinal.FindStringSubmatch(strings.TrimSpace(c))
		if m == nil {
			return false
		}
		cells++
		n, err := strconv.Atoi(m[1])
		if err != nil { // a letter
			if next > 0 {
				return false
			}
			continue
		}
		if next > 0 && n != next || next == 0 && n > 1 {
			return false
		}
		next = n + 1
	}
	return cells >= shortest && next > 1 && !slices.Contains(row, "0")
}
