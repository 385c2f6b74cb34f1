package tiles

import (
	"image/color"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb/maptile"
)

// Colouring says what the colours of a picture of hexes mean.
type Colouring string

// The colourings.
const (
	ByClass Colouring = "class"
	ByLevel Colouring = "level"
)

func rgb(v uint32) color.Color {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

// The palettes are those of the page (palette.ts), which a test holds to them. The
// first colour is that of the ground between hexes.
var (
	classPalette = color.Palette{color.NRGBA{}, rgb(0x9aa0a6), rgb(0x3a86c4), rgb(0xf5a630), rgb(0x6a1e62)}
	classPlace   = map[data.Class]uint8{data.NotCounted: 1, data.Served: 2, data.Weak: 3, data.None: 4}

	levelPalette = color.Palette{
		color.NRGBA{}, rgb(0x6a1e62), rgb(0xa46a9f), rgb(0xf08c1a), rgb(0xfbc677), rgb(0xb5d4ea), rgb(0x7fb2d9), rgb(0x3a7fbd), rgb(0x0c3f73),
	}
	// levelSteps are the least levels in dBm of the colours from the second on.
	levelSteps = []int{-130, -120, -115, -110, -105, -95, -85}
)

// Picture is a tile painted as PNG, nil where no hex is.
func (h *Hexes) Picture(t maptile.Tile, c Colouring) ([]byte, error) {
	if c == ByLevel {
		return h.Hexagons.Picture(t, levelPalette, func(i int) uint8 {
			_, level := h.at(i)
			return levelPlace(level)
		})
	}
	return h.Hexagons.Picture(t, classPalette, func(i int) uint8 {
		class, _ := h.at(i)
		return classPlace[class]
	})
}

// levelPlace gives the place of a level in the palette. As in vector tiles, levels
// count in whole decibels.
func levelPlace(level coverage.CentiDB) uint8 {
	place := uint8(1)
	if level == coverage.NoValue {
		return place
	}
	for _, least := range levelSteps {
		if wholeDBm(level) >= least {
			place++
		}
	}
	return place
}
