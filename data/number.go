package data

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/covgap/covgap/geo"
)

var (
	comma     = regexp.MustCompile(`^[+-]?\d*,\d+$`)
	thousands = regexp.MustCompile(`^\d{1,3}([.,\x{20}\x{a0}\x{202f}]\d{3})+$`)
	sexages   = regexp.MustCompile(`[°º'’"″′]|\d\s*[NSEWĐTBnsewđtb]$`)
	bothMarks = regexp.MustCompile(`^[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+|(?:[ \x{a0}\x{202f}]\d{3})+[.,]\d+)$`)
	withUnit  = regexp.MustCompile(`^[+-]?[\d.,]+\s*\p{L}+$`)
)

// parseNumber reads a finite decimal number. A comma is a decimal comma where
// the comma separates no columns, or where other marks part the thousands: 1.842,5.
func parseNumber(text string, commaFree bool) (float64, *geo.InputError) {
	s := strings.TrimSpace(text)
	fail := func(expected, hint string) (float64, *geo.InputError) {
		return 0, &geo.InputError{Found: strconv.Quote(text), Expected: expected, Hint: hint}
	}
	if bothMarks.MatchString(s) {
		i := strings.LastIndexAny(s, ".,")
		sign := strings.TrimRight(s[:1], "+0123456789")
		s = sign + digitsOf(s[:i]) + "." + s[i+1:]
	}
	if strings.IndexByte(s, ',') >= 0 && comma.MatchString(s) {
		if !commaFree {
			return fail("a number with a decimal point", "decimal comma: use a point, or save the file with ; between columns")
		}
		s = strings.Replace(s, ",", ".", 1)
	}
	if !isDecimal(s) {
		switch l := strings.ToLower(strings.TrimLeft(s, "+-")); {
		case l == "nan" || l == "inf" || l == "infinity":
			return fail("a finite number", "leave the field empty where the value is not known")
		case sexages.MatchString(s):
			return fail("decimal degrees", "22°30' is 22.5")
		case withUnit.MatchString(s):
			return fail("a number", "leave out the unit")
		case thousands.MatchString(s):
			return fail("a number", "write "+digitsOf(s)+" without a thousands separator")
		}
		return fail("a number", "")
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) {
		return fail("a finite number", "")
	}
	return v, nil
}

// isDecimal says whether s is an optional sign, digits with at most one point among
// them, and an optional exponent: less than [strconv.ParseFloat] takes.
func isDecimal(s string) bool {
	mantissa, exponent, hasExponent := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = s[:i], s[i+1:], true
	}
	whole, fraction, _ := strings.Cut(unsigned(mantissa), ".")
	return isDigits(whole+fraction) && (!hasExponent || isDigits(unsigned(exponent)))
}

func unsigned(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

// digitsOf leaves out what parts the digits of a number.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// separator gives the mark between the thousands of a number, 0 when it has none or
// several. The number is whole beyond doubt where the mark is a blank or stands twice;
// "1.234" and "1,234" mean 1234 to some and 1.234 to others.
func separator(s string) (mark rune, certain bool) {
	if !thousands.MatchString(s) {
		return 0, false
	}
	n := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
		case n > 0 && r != mark:
			return 0, false
		default:
			mark = r
			n++
		}
	}
	return mark, n > 1 || mark != '.' && mark != ','
}

// parseCount reads a number of things. A number that may be one of thousands or a
// fraction is refused.
func parseCount(text string, commaFree bool) (float64, *geo.InputError) {
	s := strings.TrimSpace(text)
	mark, certain := separator(s)
	switch {
	case certain:
		s = digitsOf(s)
	case mark != 0:
		return 0, &geo.InputError{Found: strconv.Quote(text), Expected: "a whole number", Hint: "write " + digitsOf(s) + " without a thousands separator"}
	}
	return parseNumber(s, commaFree)
}

// fraction is a number with a decimal comma or point.
var fraction = regexp.MustCompile(`^[+-]?\d+[.,]\d+$`)

// groups says whether a mark parts the thousands in a column of whole numbers: no
// number of the column is a fraction beyond doubt, and one is plain, or other columns
// have the other mark before their fractions.
func groups(stream *Stream, name string, index int, mark rune) bool {
	plain, other := false, false
	for f, err := range stream.Rows {
		if err != nil {
			if Refused(err) {
				continue
			}
			return false
		}
		for i := range f.Fields {
			v := strings.TrimSpace(f.Fields[i].Value)
			if fraction.MatchString(v) && !strings.ContainsRune(v, mark) {
				other = true
			}
		}
		fd, _ := fieldAt(&f, name, index)
		switch v := strings.TrimSpace(fd.Value); {
		case isDigits(v):
			plain = true
		case fraction.MatchString(v):
			if m, _ := separator(v); m != mark || v[0] == '0' {
				return false
			}
		}
	}
	return plain || other
}

// excelDay is a date as spreadsheets count it, from 1899-12-30: 1954 to 2064.
var excelDay = regexp.MustCompile(`^[2-5]\d{4}(\.\d+)?$`)

// timeOfDay is what may stand behind a day: 08:24, 15:04:05.5, with a zone or without.
var timeOfDay = regexp.MustCompile(`(?i)[t ]([01]?\d|2[0-4]):[0-5]\d(:[0-6]\d([.,]\d+)?)?( ?[ap]m| ?z| ?[+-]\d{2}(:?\d{2})?)?$`)

// parseDate gives a date in ISO 8601, to the day, month or year as given. The time of a
// day is left out.
func parseDate(text string) (string, *geo.InputError) {
	s := strings.TrimSpace(text)
	day := timeOfDay.ReplaceAllString(s, "")
	for _, layout := range []string{"2006-01-02", "2/1/2006", "2-1-2006", "2006/1/2"} {
		if t, err := time.Parse(layout, day); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	for _, l := range []struct{ in, out string }{{"2006-01", "2006-01"}, {"2006", "2006"}, {"1/2006", "2006-01"}} {
		if t, err := time.Parse(l.in, s); err == nil {
			return t.Format(l.out), nil
		}
	}
	if excelDay.MatchString(s) {
		day, _ := strconv.Atoi(s[:5])
		return time.Date(1899, time.December, 30+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), nil
	}
	return "", &geo.InputError{Found: strconv.Quote(text), Expected: "a date", Hint: "2025-08-31, 2025-08, 2025 or 31/08/2025"}
}

// leadingDay is the day with which a time begins: 2025-12-08 08:24:01.5,
// 2025.12.08_08.24.01, 20251208T082401.
var leadingDay = regexp.MustCompile(`^(\d{4})[-./]?(\d{2})[-./]?(\d{2})([ T_].*)?$`)

// parseDay gives the day of a time in ISO 8601, or the date that [parseDate] reads.
func parseDay(text string) (string, *geo.InputError) {
	if m := leadingDay.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
		return parseDate(m[1] + "-" + m[2] + "-" + m[3])
	}
	day, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return parseDate(day)
}

var yesWords = map[string]Presence{
	"yes": Yes, "y": Yes, "true": Yes, "t": Yes, "1": Yes, "co": Yes, "x": Yes, "codien": Yes, "codienluoi": Yes, "ja": Yes, "oui": Yes, "roi": Yes, "daco": Yes,
	"no": No, "n": No, "false": No, "f": No, "0": No, "khong": No, "chua": No, "chuaco": No, "khongco": No, "khongcodien": No, "chuacodien": No, "khongcodienluoi": No, "chuacodienluoi": No, "nein": No, "non": No,
	"unknown": Unknown, "khongro": Unknown, "chuaro": Unknown,
}

func parseYesNo(text string) (Presence, *geo.InputError) {
	if p, ok := yesWords[geo.Fold(text)]; ok {
		return p, nil
	}
	return Unknown, &geo.InputError{Found: strconv.Quote(text), Expected: "yes or no (có, không)"}
}
