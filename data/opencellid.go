package data

import (
	"bytes"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/covgap/covgap/geo"
)

// openCellIDHeader is the header of OpenCelliD's tables of cells
// (https://wiki.opencellid.org/wiki/Database_format). The files of single countries
// leave it out.
const openCellIDHeader = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"

var openCellIDColumns = strings.Split(openCellIDHeader, ",")

// openCellIDRow is a first row where a header is expected.
var openCellIDRow = regexp.MustCompile(`^(GSM|CDMA|UMTS|LTE|NR),\d{3},\d+,\d+,\d+,-?\d*,-?[\d.]+,-?[\d.]+,`)

// headless says whether a table begins with a row of OpenCelliD and no header.
func headless(firstLine []byte) bool {
	return openCellIDRow.Match(firstLine) && bytes.Count(firstLine, []byte{','}) == len(openCellIDColumns)-1
}

// withHeader puts the header in front; [lifted] takes its line off the positions again.
func withHeader(r io.Reader) io.Reader {
	return io.MultiReader(strings.NewReader(openCellIDHeader+"\n"), r)
}

// lifted gives rows one line further up.
func lifted(rows iter.Seq2[geo.Feature, error]) iter.Seq2[geo.Feature, error] {
	return func(yield func(geo.Feature, error) bool) {
		for f, err := range rows {
			f.Pos.Line--
			for i := range f.Fields {
				f.Fields[i].Line--
			}
			if in, ok := err.(*geo.InputError); ok { //nolint:errorlint // the reader's own, not wrapped
				in.Pos.Line--
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// isOpenCellID says whether a table has the columns of OpenCelliD.
func isOpenCellID(columns []string) bool {
	for _, c := range openCellIDColumns[:len(openCellIDColumns)-1] { // older tables end before averageSignal
		if !slices.Contains(columns, c) {
			return false
		}
	}
	return true
}

// operators are the mobile networks of Viet Nam by MCC and MNC (ITU-T E.212, annex to
// the ITU Operational Bulletin: Mobile Network Codes). Others keep their code.
var operators = map[string]string{
	"452-01": "MobiFone", "452-02": "VinaPhone", "452-04": "Viettel", "452-05": "Vietnamobile", "452-07": "Gmobile",
}

// cellsAsSectors adds to each row of OpenCelliD what a sector of ours has: the cell's
// global identity as its id, and the operator's name.
func cellsAsSectors(s *Stream) {
	rows := s.Rows
	s.Columns = append(slices.Clone(s.Columns), "site_id", "sector_id", "operator")
	s.Rows = func(yield func(geo.Feature, error) bool) {
		for f, err := range rows {
			if err == nil {
				value := func(name string) string {
					fd, _ := f.Field(name)
					return strings.TrimSpace(fd.Value)
				}
				network := value("net")
				network = value("mcc") + "-" + strings.Repeat("0", max(0, 2-len(network))) + network
				id := network + "-" + value("area") + "-" + value("cell")
				operator, ok := operators[network]
				if !ok {
					operator = network
				}
				at, _ := f.Field("cell")
				for i, v := range []string{id, id, operator} {
					f.Fields = append(f.Fields, geo.Field{Name: s.Columns[len(s.Columns)-3+i], Value: v, Kind: geo.Text, Line: at.Line, Column: at.Column})
				}
			}
			if !yield(f, err) {
				return
			}
		}
	}
}
