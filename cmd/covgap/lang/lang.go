// Package lang chooses between the two languages of what covgap tells people.
//
// Both texts stand side by side where they are used, so that whoever changes one
// sees the other. The rooms below, and file columns, speak English only: [Lang.Say] has
// the Vietnamese of what they say most.
package lang

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Lang is the language of terminal summaries, pictures and reports.
type Lang string

// The languages.
const (
	English    Lang = "en"
	Vietnamese Lang = "vi"
)

// Parse reads the value of the --lang flag.
func Parse(s string) (Lang, error) {
	switch l := Lang(s); l {
	case English, Vietnamese:
		return l, nil
	}
	return "", fmt.Errorf("language %q; expected vi or en", s)
}

// T gives the text in the chosen language.
func (l Lang) T(en, vi string) string {
	if l == Vietnamese {
		return vi
	}
	return en
}

// Int writes a whole number with thousands separators: 1,217 in English, 1.217 in
// Vietnamese.
func (l Lang) Int(n int64) string {
	sep := ","
	if l == Vietnamese {
		sep = "."
	}
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(r)
	}
	return sign + b.String()
}

// Float writes a number with a fixed count of decimals and the language's
// separators.
func (l Lang) Float(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.HasPrefix(s, "-") && strings.Trim(s, "-0.") == "" {
		s = s[1:] // what rounds to zero has no sign
	}
	whole, frac, hasFrac := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return s // not finite or beyond 64 bits: as it is
	}
	out := l.Int(n)
	if n == 0 && strings.HasPrefix(whole, "-") { // -0.4
		out = "-" + out
	}
	if !hasFrac {
		return out
	}
	if l == Vietnamese {
		return out + "," + frac
	}
	return out + "." + frac
}

// Mixed writes a value that came as text with the language's decimal sign: "0.2 (GSM)"
// is "0,2 (GSM)" in Vietnamese. Other texts stay.
func (l Lang) Mixed(value string) string {
	if l != Vietnamese || !decimal.MatchString(value) {
		return value
	}
	return decimal.ReplaceAllString(value, "$1,$2$3")
}

// decimal is a number with a point at the beginning of a text, alone or before a blank.
var decimal = regexp.MustCompile(`^(-?\d+)\.(\d+)($| )`)

// Short writes a number with a decimal where it is no whole one.
func (l Lang) Short(v float64) string {
	if v == math.Trunc(v) {
		return l.Float(v, 0)
	}
	return l.Float(v, 1)
}
