package sample

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// VoidM marks a sample without a value in a [Tile], as in SRTM.
const VoidM = math.MinInt16

// Tile is one degree of terrain as SRTM distributes it: Size rows of Size samples
// from the north-west corner, the outer ones on the whole degrees and shared with
// the next tile.
type Tile struct {
	Lon, Lat int // south-west corner, degrees
	Size     int // samples a side: 1201 or 3601
	HeightsM []int16
}

// Name is the tile's file name, such as N22E105.hgt.
func (t *Tile) Name() string { return fmt.Sprintf("N%02dE%03d.hgt", t.Lat, t.Lon) }

// WriteTo writes the samples as SRTM does: 16 bits, big-endian.
func (t *Tile) WriteTo(w io.Writer) (int64, error) {
	b := bufio.NewWriterSize(w, 1<<16)
	var two [2]byte
	for k, h := range t.HeightsM {
		binary.BigEndian.PutUint16(two[:], uint16(h))
		if _, err := b.Write(two[:]); err != nil {
			return int64(2 * k), err
		}
	}
	return int64(2 * len(t.HeightsM)), b.Flush()
}

// Radar does not see into steep lee slopes: near such places SRTM has small holes.
const (
	voidTries    = 600  // places looked at on each tile
	voidSlope    = 0.85 // tangent of the slope above which radar loses the ground
	voidRadiusKm = 0.28 // largest radius of a hole
)

// tiles samples the landscape.
func (l *landscape) tiles(ctx context.Context, arcSeconds int) ([]Tile, error) {
	var tiles []Tile
	pl := l.plan
	for lat := range pl.tilesLat {
		for lon := range pl.tilesLon {
			t := Tile{Lon: pl.westSec/3600 + lon, Lat: pl.southSec/3600 + lat, Size: 3600/arcSeconds + 1}
			t.HeightsM = make([]int16, t.Size*t.Size)
			r := raster{t.Lon * 3600, (t.Lat + 1) * 3600, arcSeconds, t.Size, t.Size}
			err := eachRow(ctx, t.Size, func(j int) {
				for i := range t.Size {
					var z float64
					if arcSeconds == surveySec {
						k := (l.survey.northSec-r.northSec)/surveySec + j
						z = float64(l.survey.z[k*l.survey.w+(r.westSec-l.survey.westSec)/surveySec+i])
					} else {
						z = l.at(r.lon(i), r.lat(j), arcSeconds)
					}
					t.HeightsM[j*t.Size+i] = int16(math.Round(z))
				}
			})
			if err != nil {
				return nil, err
			}
			l.tearVoids(&t, r)
			tiles = append(tiles, t)
		}
	}
	return tiles, nil
}

// tearVoids leaves a few holes on the steepest slopes. Holes keep off the tile's
// edges, which the next tile repeats.
func (l *landscape) tearVoids(t *Tile, r raster) {
	rnd := newRandom(uint64(l.towers)^uint64(t.Lon*1000+t.Lat), streamVoids)
	dx, dy := r.stepKm()
	reach := int(voidRadiusKm/dx) + 1
	for range voidTries {
		u, v, radius := rnd.float(), rnd.float(), rnd.between(0.3, 1)*voidRadiusKm
		stretch := rnd.between(1, 2.2)
		i, j := int(u*float64(t.Size-1)), int(v*float64(t.Size-1))
		if i <= reach || j <= reach || i >= t.Size-1-reach || j >= t.Size-1-reach {
			continue
		}
		if l.survey.slope(r.point(j*t.Size+i)) < voidSlope {
			continue
		}
		for b := -reach; b <= reach; b++ {
			for a := -reach; a <= reach; a++ {
				x, y := float64(a)*dx, float64(b)*dy*stretch
				ragged := 0.6 + 0.4*l.rough.at(float64(i+a)*dx/0.12, float64(j+b)*dy/0.12)
				if x*x+y*y < radius*radius*ragged {
					t.HeightsM[(j+b)*t.Size+i+a] = VoidM
				}
			}
		}
	}
}
