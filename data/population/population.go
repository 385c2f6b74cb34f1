// Package population spreads people over hexes, from a GeoTIFF of counts (WorldPop,
// GHS-POP, LandScan) or a table of H3 cells (Kontur's GeoPackage, or CSV). What a file counts is neither
// lost nor counted twice.
package population

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/geo/raster"
	"github.com/paulmach/orb"
)

// Errors of this package. Each comes in a [*geo.InputError].
var (
	ErrCount   = errors.New("population: not a number of people")
	ErrCell    = errors.New("population: not a cell of H3")
	ErrColumns = errors.New("population: a column is missing")
	ErrNobody  = errors.New("population: nobody in the area")
)

// Population is the people of hexes.
type Population struct {
	Cells  map[hexgrid.Cell]float64 // of the resolution asked for, those with anybody
	Total  float64                  // of all cells
	Source string                   // "geotiff" or "h3"
	Files  []string                 // read
	Values int                      // samples or rows that count somebody there
}

// Read reads the people whose hexes of a resolution have their centre in bound.
//
// A sample of a raster is spread evenly over its ground. A cell of a table is
// divided among its descendants in equal parts when it is larger than the hexes, and
// added to its ancestor when it is smaller. Samples without value and cells twice
// named are taken as they come: nobody, and the sum.
//
// The error is a [*geo.InputError] that wraps one of this package's, of geo/raster's
// or of data's; ErrNobody when nobody lives in bound by the file.
func Read(ctx context.Context, path string, bound orb.Bound, resolution int) (*Population, error) {
	p := &Population{Cells: map[hexgrid.Cell]float64{}}
	table, err := isTable(path)
	switch {
	case err != nil:
	case table:
		p.Source = "h3"
		err = p.readTable(ctx, path, bound, resolution)
	default:
		p.Source = "geotiff"
		err = p.readRaster(ctx, path, bound, resolution)
	}
	if err != nil {
		return nil, err
	}
	// In order of the cells, so that the sum has the same digits every time.
	cells := make([]hexgrid.Cell, 0, len(p.Cells))
	for c := range p.Cells {
		cells = append(cells, c)
	}
	slices.Sort(cells)
	for _, c := range cells {
		p.Total += p.Cells[c]
	}
	if p.Total == 0 {
		return nil, &geo.InputError{
			Pos: geo.Position{File: path}, Found: fmt.Sprintf("nobody between longitude %.3f and %.3f, latitude %.3f and %.3f", bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]),
			Expected: "the people of the area", Hint: "is it the file of another area?", Err: ErrNobody,
		}
	}
	return p, nil
}

// isTable says whether a file is not TIFF.
func isTable(path string) (bool, error) {
	wrong := func(err error) error {
		return &geo.InputError{Pos: geo.Position{File: path}, Found: "cannot be opened", Expected: "a GeoTIFF of counts or a table of H3 cells", Err: err}
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, wrong(err)
	}
	if info.IsDir() {
		return false, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, wrong(err)
	}
	magic := make([]byte, 2)
	_, err = io.ReadFull(f, magic)
	if cerr := f.Close(); cerr != nil {
		return false, wrong(cerr)
	}
	// TIFF 6.0, p. 13: the byte order.
	return err != nil || !bytes.Equal(magic, []byte("II")) && !bytes.Equal(magic, []byte("MM")), nil
}

func (p *Population) readRaster(ctx context.Context, path string, bound orb.Bound, resolution int) error {
	src, err := raster.Open(ctx, []string{path})
	if err != nil {
		return err
	}
	if p.Files, err = src.Files(bound); err != nil {
		return err
	}
	edgeM := hexgrid.EdgeM(resolution)
	var points []orb.Point
	// A sample at the edge of the bound has hexes within it.
	around := geodesy.Pad(bound, 2*edgeM)
	return src.Scan(ctx, around, func(s *raster.Sample) error {
		if s.Value == 0 {
			return nil
		}
		at, err := s.Center()
		if err != nil {
			return err
		}
		if !(s.Value > 0) {
			return &geo.InputError{
				Pos: geo.Position{File: path}, Found: fmt.Sprintf("%g people at longitude %.4f, latitude %.4f", s.Value, at[0], at[1]),
				Expected: "counts of 0 or more", Hint: fmt.Sprintf("if it stands for no data: gdal_translate -a_nodata %g", s.Value), Err: ErrCount,
			}
		}
		// Points no further apart than a hex's edge; at most 256, a hundredth of the
		// sample's people each and less.
		n := int(min(max(math.Ceil(s.SizeM()/edgeM), 1), 16))
		if points, err = s.Spread(n, points[:0]); err != nil {
			return err
		}
		inside := false
		for _, q := range points {
			cell, err := hexgrid.At(q, resolution)
			if err != nil {
				return err
			}
			if bound.Contains(cell.Center()) {
				p.Cells[cell] += s.Value / float64(len(points))
				inside = true
			}
		}
		if inside {
			p.Values++
		}
		return nil
	})
}

// Names of the columns of a table of cells, as they are met.
var (
	cellNames  = []string{"h3", "h3_index", "h3index", "h3_cell", "hex_id", "hex", "cell", "h3_08", "h3_8"}
	countNames = []string{"population", "pop", "people", "pop_count", "inhabitants", "dân số", "số dân"}
)

// finest is how many resolutions a cell of a table may lie above the hexes: 7⁵ are
// 16,807.
const finest = 5

func (p *Population) readTable(ctx context.Context, path string, bound orb.Bound, resolution int) (err error) {
	stream, err := data.Open(ctx, path, data.Source{Accept: holdsCells})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := stream.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("population: %w", cerr)
		}
	}()
	p.Files = []string{path}
	cell, err := column(stream, cellNames)
	if err != nil {
		return err
	}
	count, err := column(stream, countNames)
	if err != nil {
		return err
	}
	for row, err := range stream.Rows {
		if err != nil {
			return err
		}
		if err := p.add(&row, cell, count, stream.CommaFree, bound, resolution); err != nil {
			return err
		}
	}
	return nil
}

// holdsCells says whether a table has the columns.
func holdsCells(columns []string) bool {
	s := &data.Stream{Columns: columns}
	_, err := column(s, cellNames)
	_, err2 := column(s, countNames)
	return err == nil && err2 == nil
}

// column gives the name that a column has in the file.
func column(stream *data.Stream, names []string) (string, error) {
	for _, name := range names {
		for _, c := range stream.Columns {
			if geo.Fold(c) == geo.Fold(name) {
				return c, nil
			}
		}
	}
	e := &geo.InputError{
		Pos: geo.Position{File: stream.File, Line: 1}, Found: "columns " + strings.Join(stream.Columns, ", "),
		Expected: fmt.Sprintf("a column %s (or %s)", names[0], strings.Join(names[1:], ", ")), Err: ErrColumns,
	}
	return "", e
}

// add takes a row of a table.
func (p *Population) add(row *geo.Feature, cellName, countName string, commaFree bool, bound orb.Bound, resolution int) error {
	wrong := func(fd geo.Field, expected, hint string, err error) error {
		at := row.Pos
		if fd.Line > 0 {
			at.Line, at.Column = fd.Line, fd.Column
		}
		return &geo.InputError{
			Pos:   at,
			Field: fd.Name, Found: strconv.Quote(fd.Value), Expected: expected, Hint: hint, Err: err,
		}
	}
	fd, _ := row.Field(countName)
	text := strings.TrimSpace(fd.Value)
	if text == "" {
		return nil // nobody
	}
	if commaFree {
		text = strings.Replace(text, ",", ".", 1)
	}
	count, err := strconv.ParseFloat(text, 64)
	if err != nil || !(count >= 0 && count < 1e10) {
		return wrong(fd, "a number of people", "", ErrCount)
	}
	if count == 0 {
		return nil
	}
	fd, _ = row.Field(cellName)
	cell, err := hexgrid.Parse(strings.TrimSpace(fd.Value))
	if err != nil {
		return wrong(fd, "the index of an H3 cell, such as 8a415a000007fff", "", ErrCell)
	}
	at := cell.Resolution()
	if at < resolution-finest {
		return wrong(fd, fmt.Sprintf("cells of resolution %d or finer", resolution-finest), fmt.Sprintf("this one has %d", at), ErrCell)
	}
	if !geodesy.Pad(bound, 3*hexgrid.EdgeM(at)).Contains(cell.Center()) {
		return nil
	}
	cells := []hexgrid.Cell{cell}
	switch {
	case at > resolution:
		cells[0] = cell.Parent(resolution)
	case at < resolution:
		cells = cell.Children(resolution)
	}
	inside := false
	for _, c := range cells {
		if bound.Contains(c.Center()) {
			p.Cells[c] += count / float64(len(cells))
			inside = true
		}
	}
	if inside {
		p.Values++
	}
	return nil
}
