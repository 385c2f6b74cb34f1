package xlsx

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/covgap/covgap/geo"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// Kinds are those of the cells: digits that are text stay text, a number is a date by its
// format alone, and rows and cells that the file leaves out change nothing.
func TestKinds(t *testing.T) {
	f := excelize.NewFile()
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.NewSheet("Trạm & thôn")
	const sheet = "Trạm & thôn"
	err = errors.Join(err,
		f.SetSheetRow("Sheet1", "A1", &[]any{"x", "y"}), f.SetSheetRow("Sheet1", "A2", &[]any{true, true}),
		f.SetSheetRow(sheet, "A2", &[]any{"code", "level", "seen", "grid", "sum", "note"}),
		f.SetSheetRow(sheet, "A3", &[]any{"1273", -104.5, 45900, true, nil, "a"}),
		f.SetSheetRow(sheet, "A6", &[]any{1273, "-104.5", time.Date(2025, 8, 31, 0, 0, 0, 0, time.UTC), "yes", 2, "2025-08-31"}),
		f.SetCellStyle(sheet, "C3", "C6", date),
	)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	name := save(t, out.Bytes())
	for _, kinds := range []bool{true, false} {
		table, err := Open(name, Options{Sheet: sheet, Kinds: kinds})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]geo.Kind
		for f, err := range table.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			var row []geo.Kind
			for _, fd := range f.Fields {
				row = append(row, fd.Kind)
			}
			got = append(got, row)
		}
		want := [][]geo.Kind{
			{geo.Text, geo.Number, geo.Date, geo.Bool, geo.Null, geo.Text},
			{geo.Number, geo.Text, geo.Date, geo.Text, geo.Number, geo.Text},
		}
		if !kinds {
			want = [][]geo.Kind{
				{geo.Text, geo.Text, geo.Text, geo.Text, geo.Null, geo.Text},
				{geo.Text, geo.Text, geo.Text, geo.Text, geo.Text, geo.Text},
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("kinds %v (-want +got)\n%s", kinds, diff)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}
