package propagation

import (
	"fmt"
	"strings"

	"github.com/covgap/covgap/geo"
)

// models holds every model, the default first.
var models = []Model{
	P1812{},
	ITM{},
	P526{},
	P525{},
	Hata{},
	Hata{Area: HataLargeCity},
	Hata{Area: HataSuburban},
	Hata{Area: HataQuasiOpen},
	Hata{Area: HataOpen},
	COST231{},
	COST231{Metropolitan: true},
	EHata{},
	EHata{Area: EHataSuburban},
	EHata{Area: EHataOpen},
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
	names := make([]string, 0, len(models))
	for _, m := range models {
		if modelKey(m.Name()) == key {
			return m, nil
		}
		names = append(names, m.Name())
	}
	if best := geo.Nearest(name, names); best != "" {
		return nil, fmt.Errorf("%w: %q; did you mean %q?", ErrModel, name, best)
	}
	return nil, fmt.Errorf("%w: %q; there are %s", ErrModel, name, strings.Join(names, ", "))
}

func modelKey(name string) string {
	return strings.NewReplacer(".", "", "-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}
