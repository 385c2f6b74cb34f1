package data

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/covgap/covgap/geo"
)

// Radio is a technology and, where it is known, its carrier.
type Radio struct {
	Technology Technology
	Carrier    string // as written, "" when not given
}

// ErrTechnology is the cause when a technology is not known.
var ErrTechnology = errors.New("data: unknown technology")

// technologies are the words for a technology, folded.
var technologies = map[string]Technology{
	"gsm": GSM, "2g": GSM, "edge": GSM, "gprs": GSM,
	"umts": UMTS, "3g": UMTS, "wcdma": UMTS, "hspa": UMTS, "hsdpa": UMTS, "hsupa": UMTS,
	"lte": LTE, "4g": LTE, "ltea": LTE, "lteadvanced": LTE, "eutran": LTE, "eutra": LTE,
	"nr": NR, "5g": NR, "5gnr": NR, "nr5g": NR, "nsa": NR, "sa": NR,
}

// initials are the letters that planners put before a band: G900, U2100, L1800, N3500.
var initials = map[string]Technology{"g": GSM, "u": UMTS, "w": UMTS, "l": LTE, "n": NR}

func technologyOf(word string) (Technology, bool) {
	t, ok := technologies[geo.Fold(word)]
	return t, ok
}

// ParseTechnologies reads a list such as "GSM|UMTS|LTE", "2G/3G/4G" or "LTE1800,
// LTE2600", in the order written and without repetitions. Separators are | , ; /
// + & and spaces; a number after a technology is its carrier. An empty list gives
// none; a word that is no technology is an [ErrTechnology].
func ParseTechnologies(s string) ([]Radio, error) {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("|,;/+&", r) || unicode.IsSpace(r) })
	var out []Radio
	for _, w := range words {
		r, err := parseRadio(w)
		switch {
		case err == nil:
			out = append(out, r)
		case len(out) > 0 && out[len(out)-1].Carrier == "" && isBand(w): // "LTE 1800"
			out[len(out)-1].Carrier = w
		default:
			return nil, err
		}
	}
	// "LTE 1800, LTE" names LTE twice: the bare one adds nothing.
	seen := map[Radio]bool{}
	named := map[Technology]bool{}
	for _, r := range out {
		named[r.Technology] = named[r.Technology] || r.Carrier != ""
	}
	kept := out[:0]
	for _, r := range out {
		if seen[r] || r.Carrier == "" && named[r.Technology] {
			continue
		}
		seen[r] = true
		kept = append(kept, r)
	}
	return kept, nil
}

func parseRadio(word string) (Radio, error) {
	f := geo.Fold(word)
	if t, ok := technologies[f]; ok {
		return Radio{Technology: t}, nil
	}
	letters := strings.TrimRightFunc(f, unicode.IsDigit)
	digits := f[len(letters):]
	if isBand(digits) {
		for _, names := range []map[string]Technology{technologies, initials} {
			if t, ok := names[letters]; ok {
				return Radio{Technology: t, Carrier: digits}, nil
			}
		}
	}
	return Radio{}, fmt.Errorf("%w: %q", ErrTechnology, word)
}

// isBand says whether digits can be a band in MHz or the number of a channel.
func isBand(s string) bool { return len(s) >= 3 && len(s) <= 5 && isDigits(s) }

func isDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
