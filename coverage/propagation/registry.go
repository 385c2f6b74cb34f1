package propagation

import (
	"fmt"
	"strings"
)

// models holds every model, the default first.
var models = []Model{
	P1812{},
	P526{},
	P525{},
	Hata{},
	Hata{Area: HataLargeCity},
	Hata{Area: HataSuburban},
	Hata{Area: HataQuasiOpen},
	Hata{Area: HataOpen},
	COST231{},
	COST231{Metropolitan: true},
	TR38901{Scenario: RMa},
	TR38901{Scenario: UMa},
}

// Models gives every model in a fixed order, the default first.
func Models() []Model { return append([]Model(nil), models...) }

// Lookup gives the model of that name. The name is compared without regard to
// case, dots and hyphens, so that "P.1812" finds "p1812". The error wraps
// ErrModel and proposes the nearest name.
func Lookup(name string) (Model, error) {
	key := modelKey(name)
	best, bestDistance := "", len(key)/2+1
	names := make([]string, 0, len(models))
	for _, m := range models {
		if modelKey(m.Name()) == key {
			return m, nil
		}
		names = append(names, m.Name())
		if d := editDistance(key, modelKey(m.Name())); d < bestDistance {
			best, bestDistance = m.Name(), d
		}
	}
	if best != "" {
		return nil, fmt.Errorf("%w: %q; did you mean %q?", ErrModel, name, best)
	}
	return nil, fmt.Errorf("%w: %q; there are %s", ErrModel, name, strings.Join(names, ", "))
}

func modelKey(name string) string {
	return strings.NewReplacer(".", "", "-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// editDistance is the Levenshtein distance between two names, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
