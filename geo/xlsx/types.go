package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/covgap/covgap/geo"
	"github.com/xuri/excelize/v2"
)

// types reads the types of a sheet's cells, row by row: what the values alone do not say.
type types struct {
	archive *zip.ReadCloser
	part    io.ReadCloser
	decoder *xml.Decoder
	line    int // of the row whose start was read last
}

// relationships is where the id of a part's relationship stands (ECMA-376 part 1, 22.8).
const relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

// openTypes opens the part of a workbook that holds a sheet.
func openTypes(name, sheet string) (_ *types, err error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = archive.Close() // the first error is the one to report
		}
	}()
	// ECMA-376 part 1, 18.2.19 (sheet) and part 2, 9.3 (relationships).
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Any  []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	if err := errors.Join(decode(archive, "xl/workbook.xml", &book), decode(archive, "xl/_rels/workbook.xml.rels", &links)); err != nil {
		return nil, err
	}
	id := ""
	for _, s := range book.Sheets {
		for _, a := range s.Any {
			if s.Name == sheet && a.Name.Local == "id" && (a.Name.Space == relationships || strings.HasPrefix(a.Name.Space, "http://purl.oclc.org/ooxml/")) {
				id = a.Value
			}
		}
	}
	for _, l := range links.Relationship {
		if l.ID != id || id == "" {
			continue
		}
		target := path.Join("xl", l.Target)
		if strings.HasPrefix(l.Target, "/") {
			target = l.Target[1:]
		}
		part, err := archive.Open(target)
		if err != nil {
			return nil, err
		}
		return &types{archive: archive, part: part, decoder: xml.NewDecoder(part)}, nil
	}
	return nil, fmt.Errorf("no part holds sheet %q", sheet)
}

// decode reads a part of an archive.
func decode(archive *zip.ReadCloser, name string, v any) error {
	part, err := archive.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(xml.NewDecoder(part).Decode(v), part.Close())
}

func (t *types) Close() error { return errors.Join(t.part.Close(), t.archive.Close()) }

// row gives the kinds of a row's cells by column, from 0; lines are asked for in turn. A
// number may be a date by its format.
func (t *types) row(line int) (map[int]geo.Kind, error) {
	if t.line > line {
		return nil, nil // there is no such row
	}
	for t.line < line {
		token, err := t.decoder.Token()
		if errors.Is(err, io.EOF) {
			t.line = maxLines // beyond all
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		t.line++
		if _, err := fmt.Sscan(attribute(start, "r"), &t.line); err != nil && attribute(start, "r") != "" {
			return nil, fmt.Errorf("row %q", attribute(start, "r"))
		}
	}
	if t.line > line {
		return nil, nil
	}
	kinds := map[int]geo.Kind{}
	column := 0 // of the next cell that does not say
	for {
		token, err := t.decoder.Token()
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				return kinds, nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			if at := attribute(e, "r"); at != "" {
				c, _, err := excelize.CellNameToCoordinates(at)
				if err != nil {
					return nil, err
				}
				column = c - 1
			}
			// ECMA-376 part 1, 18.18.11 (ST_CellType).
			switch attribute(e, "t") {
			case "", "n":
				kinds[column] = geo.Number
			case "d":
				kinds[column] = geo.Date
			case "b":
				kinds[column] = geo.Bool
			default:
				kinds[column] = geo.Text
			}
			column++
		}
	}
}

// maxLines is beyond the rows of a sheet.
const maxLines = 1 << 30

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
