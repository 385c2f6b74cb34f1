package geo

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold reduces a header or word to what matters when names are compared: letters
// and digits, without case and accents. Vietnamese đ is d.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		r = unicode.ToLower(r)
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// DidYouMean gives the hint that names the candidate most like name, and "" when none is.
func DidYouMean(name string, candidates []string) string {
	if near := Nearest(name, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// Nearest gives the candidate most like name, for a did-you-mean, and "" when none
// is: at most a third of its letters differ, or one holds the other.
func Nearest(name string, candidates []string) string {
	want := Fold(name)
	best, bestScore := "", len([]rune(want))/3+1
	for _, c := range candidates {
		if d := EditDistance(want, Fold(c)); d < bestScore {
			best, bestScore = c, d
		}
	}
	if best != "" || len(want) < 3 {
		return best
	}
	for _, c := range candidates {
		if f := Fold(c); len(f) >= 3 && (strings.Contains(f, want) || strings.Contains(want, f)) {
			return c
		}
	}
	return ""
}

// EditDistance is the optimal string alignment distance of two words: insertions, deletions,
// substitutions and swaps of neighbours each cost one.
func EditDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	two, one, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(y)]
}
