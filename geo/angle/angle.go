// Package angle reads angles as people write them: degrees, minutes and seconds with
// marks or words, hemispheres in English and Vietnamese.
package angle

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Read reads one angle in degrees that has a degree sign, such as 105°24'00"E,
// 22°39.25'B or -105°30'. axis is 'N' for a latitude and 'E' for a longitude by its
// letter, 0 without one; south and west are negative. ok is false for anything else.
func Read(text string) (deg float64, axis rune, ok bool) {
	if n := strings.Count(text, ","); n == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1) // one angle: a decimal comma
	} else if n > 0 {
		return 0, 0, false
	}
	numbers, letters := Split(Parse(text))
	if len(numbers) == 0 || numbers[0].Mark != '°' || len(letters) > 1 {
		return 0, 0, false
	}
	if deg, ok = Join(numbers); !ok || len(letters) == 0 {
		return deg, 0, ok
	}
	if math.Signbit(deg) {
		return 0, 0, false // a sign and a hemisphere
	}
	switch letters[0] {
	case 'N', 'E':
		return deg, letters[0], true
	case 'S':
		return -deg, 'N', true
	case 'W':
		return -deg, 'E', true
	}
	return 0, 0, false
}

// Part is a part of a written angle or place: a number with the mark behind it, or a
// letter.
type Part struct {
	Value float64
	Mark  rune // ° ' " of a number, the letter itself, or 0
}

// words stand for marks and letters: the hemispheres in English and Vietnamese, and
// the axes as surveyors name them.
var words = map[string]rune{
	"n": 'N', "b": 'N', "bắc": 'N', "s": 'S', "nam": 'S', "e": 'E', "đ": 'E', "đông": 'E', "w": 'W', "t": 'W', "tây": 'W', "o": 'W',
	"x": 'X', "y": 'Y', "độ": '°', "d": '°', "phút": '\'', "m": '\'', "giây": '"',
}

var (
	// decimalCommas is a pair of numbers written as in Vietnam.
	decimalCommas = regexp.MustCompile(`^\s*([+-]?\d+),(\d+)\s*[,;\s]\s*([+-]?\d+),(\d+)\s*$`)
	token         = regexp.MustCompile(`[+-]?\d+(?:\.\d+)?|[°º'′’"″”]+|[\p{L}\p{M}]+|[\s,;:=()]+|.`)
)

// Parse takes a text apart; nil when there is something else in it. Letters are N, S, E
// and W, also for their Vietnamese words, and X and Y.
func Parse(text string) []Part {
	text = decimalCommas.ReplaceAllString(text, "$1.$2 $3.$4")
	var parts []Part
	add := func(mark rune) bool {
		if mark == '°' || mark == '\'' || mark == '"' {
			if n := len(parts) - 1; n >= 0 && parts[n].Mark == 0 {
				parts[n].Mark = mark
				return true
			}
			return false
		}
		parts = append(parts, Part{Mark: mark})
		return true
	}
	for _, t := range token.FindAllString(text, -1) {
		ok := true
		switch v, err := strconv.ParseFloat(t, 64); {
		case strings.TrimLeft(t, " \t\r\n,;:=()\u00a0") == "":
		case err == nil && strings.ContainsAny(t[:1], "+-0123456789"):
			parts = append(parts, Part{Value: v})
		default:
			mark, known := words[strings.ToLower(t)]
			switch t {
			case "°", "º":
				mark, known = '°', true
			case "'", "′", "’":
				mark, known = '\'', true
			case "\"", "″", "”", "''", "′′":
				mark, known = '"', true
			}
			ok = known && add(mark)
		}
		if !ok {
			return nil
		}
	}
	return parts
}

// letter says whether a part is one.
func (p Part) letter() bool { return p.Mark >= 'A' && p.Mark <= 'Z' }

// Split takes numbers and letters apart.
func Split(parts []Part) (numbers []Part, letters []rune) {
	for _, p := range parts {
		if p.letter() {
			letters = append(letters, p.Mark)
		} else {
			numbers = append(numbers, p)
		}
	}
	return numbers, letters
}

// Join joins degrees, minutes and seconds to degrees within ±180; ok is false for what is
// no angle.
func Join(numbers []Part) (deg float64, ok bool) {
	if len(numbers) == 0 || len(numbers) > 3 {
		return 0, false
	}
	scale := 1.0
	for i, n := range numbers {
		if n.Mark != 0 && n.Mark != []rune{'°', '\'', '"'}[i] || i > 0 && (n.Value < 0 || n.Value >= 60) {
			return 0, false
		}
		if i < len(numbers)-1 && n.Value != math.Trunc(n.Value) {
			return 0, false
		}
		deg += math.Abs(n.Value) / scale
		scale *= 60
	}
	if math.Signbit(numbers[0].Value) {
		deg = -deg
	}
	return deg, deg >= -180 && deg <= 180
}
