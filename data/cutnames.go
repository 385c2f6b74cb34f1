package data

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
)

// cutBytes is the longest name of a shapefile's column.
const cutBytes = 10

// clashing is a name that was cut and numbered, since another has the same beginning:
// grid_pow_1 and grid_pow10 as GDAL writes them, grid_powe1 as this program does.
var clashing = regexp.MustCompile(`^(.{8})_\d$|^(.{9})\d$|^(.{8})\d\d$`)

// endsInBlank says whether a column's name is cut behind a word: structure_ is no
// "structure".
func endsInBlank(column string) bool {
	return len(column) == cutBytes && strings.ContainsAny(column[cutBytes-1:], "_ -")
}

// isCut says whether a column's name may be the beginning of a longer one. Letters of
// several bytes are cut before the tenth.
func isCut(column string) bool {
	return len(column) == cutBytes || len(column) > cutBytes-3 && len(column) < cutBytes && strings.ContainsFunc(column, func(r rune) bool { return r > 0x7f })
}

// uncut gives the column of the file that has the first ten bytes of the name that c
// was cut from: c itself, or where c is numbered the one it clashed with.
func uncut(columns []string, c string) (base string, ok bool) {
	if m := clashing.FindStringSubmatch(c); m != nil {
		stem := m[1] + m[2] + m[3]
		for _, other := range columns {
			if other != c && isCut(other) && len(other) >= len(stem) && strings.EqualFold(other[:len(stem)], stem) {
				return other, true
			}
		}
	}
	return c, isCut(c)
}

// bindCut binds what is left of columns whose names were cut: to the columns of the
// schema whose names, else aliases, begin so. Where names clashed they stand in the
// order of the schema; where the number of columns leaves a choice, none is bound.
func (b *binding) bindCut(schema *Schema) {
	used := map[string]bool{}
	for _, u := range b.uses {
		used[u.Source] = true
	}
	columns := b.stream.Columns
	var bases []string
	claims := map[string][]int{}
	for i, c := range columns {
		if base, ok := uncut(columns, c); ok && !used[c] {
			if claims[base] == nil {
				bases = append(bases, base)
			}
			claims[base] = append(claims[base], i)
		}
	}
	for _, base := range bases {
		defs := b.beginWith(schema, geo.Fold(base))
		if len(defs) != len(claims[base]) {
			b.choice(schema.Kind, defs, claims[base])
			continue
		}
		for k, def := range defs {
			i := claims[base][k]
			bc := b.columns[def.Name]
			bc.any, bc.how = source{name: columns[i], index: i, guessed: guessable(def, "alias")}, "alias"
			b.use(def.Name, "", columns[i], "alias")
		}
	}
}

// beginWith gives the columns of the schema that no column of the file is bound to, and
// whose name, else one of whose aliases, is longer than a beginning.
func (b *binding) beginWith(schema *Schema, beginning string) []*Column {
	var byName, byAlias []*Column
	longer := func(name string) bool {
		f := geo.Fold(name)
		return len(f) > len(beginning) && strings.HasPrefix(f, beginning)
	}
	for i := range schema.Columns {
		def := &schema.Columns[i]
		switch {
		case beginning == "" || b.columns[def.Name].any.name != "":
		case longer(def.Name):
			byName = append(byName, def)
		case slices.ContainsFunc(def.Aliases, longer):
			byAlias = append(byAlias, def)
		}
	}
	if byName != nil {
		return byName
	}
	return byAlias
}

// choice remarks on columns that could be several of the schema's.
func (b *binding) choice(kind Kind, defs []*Column, claims []int) {
	if len(defs) == 0 {
		return
	}
	names := make([]string, len(defs))
	for i, def := range defs {
		names[i] = def.Name
	}
	found := make([]string, len(claims))
	for i, k := range claims {
		found[i] = b.stream.Columns[k]
	}
	b.unclear = append(b.unclear, fmt.Sprintf("%s: a name cut to ten letters, which may stand for %s: not used; name it with --map %s.%s=%s",
		strings.Join(found, ", "), strings.Join(names, " or "), kind, names[0], found[0]))
}
