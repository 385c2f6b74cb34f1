package xlsx

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/geo/table"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var gaps = table.Layer{Name: "gaps", Title: "Vùng lõm [sóng]", Columns: []table.Column{
	{Name: "code", Label: "Mã"}, {Name: "name"}, {Name: "households", Type: table.Integer},
	{Name: "level", Type: table.Number, Decimals: 1}, {Name: "grid", Type: table.Boolean}, {Name: "seen", Type: table.Date},
}}

func book(t testing.TB) []byte {
	t.Helper()
	b, err := NewBook()
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.Sheet(gaps)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		w.Write(nil, "01273", "Nà Lừa", 48, -104.26, true, "2025-08-31"),
		w.Write(nil, "04", nil, nil, nil, nil, nil),
		w.Write(nil, "=1+1", "a", 1, 0.0, false, "2022-06-30"),
		w.Close())
	if err != nil {
		t.Fatal(err)
	}
	if w, err = b.Sheet(table.Layer{Name: "plan", Columns: []table.Column{{Name: "rank", Type: table.Integer}, {Name: "site"}}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := errors.Join(w.Write(nil, 1, "NEW-001"), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func save(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "b.xlsx")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t testing.TB, name string, o Options) (*Table, [][]string, []int) {
	t.Helper()
	b, err := Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	var rows [][]string
	var lines []int
	for f, err := range b.Rows(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		var row []string
		for _, v := range f.Fields {
			row = append(row, v.Value)
		}
		rows, lines = append(rows, row), append(lines, f.Pos.Line)
	}
	return b, rows, lines
}

func TestRoundTrip(t *testing.T) {
	data := book(t)
	if !bytes.Equal(data, book(t)) {
		t.Error("two books of the same records differ")
	}
	name := save(t, data)
	if _, err := Open(name, Options{}); !errors.Is(err, ErrSeveral) {
		t.Errorf("a book of two sheets, none named: %v", err)
	}
	b, rows, lines := read(t, name, Options{Sheet: "Vùng lõm -sóng-"})
	if b.Sheet != "Vùng lõm -sóng-" {
		t.Errorf("sheet %q", b.Sheet)
	}
	if d := cmp.Diff([]string{"Mã", "name", "households", "level", "grid", "seen"}, b.Columns); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{
		{"01273", "Nà Lừa", "48", "-104.3", "1", "2025-08-31"},
		{"04", "", "", "", "", ""},
		{"=1+1", "a", "1", "0", "0", "2022-06-30"},
	}, rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{2, 3, 4}, lines); d != "" {
		t.Error(d)
	}
	if _, rows, _ := read(t, name, Options{Sheet: "PLAN"}); len(rows) != 1 || rows[0][1] != "NEW-001" {
		t.Errorf("second sheet %v", rows)
	}
}

// As offices send them: a title over the table, a header of two lines, dates, an empty
// row, a hidden sheet in front.
func TestOfficeSheet(t *testing.T) {
	f := excelize.NewFile()
	set := func(cell string, v any) {
		t.Helper()
		if err := f.SetCellValue("Trạm", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.NewSheet("Trạm"); err != nil {
		t.Fatal(err)
	}
	f.SetActiveSheet(1)
	if err := f.SetSheetVisible("Sheet1", false); err != nil {
		t.Fatal(err)
	}
	set("A1", "DANH SÁCH TRẠM BTS TỈNH CAO BẰNG")
	set("A3", "Mã\ntrạm")
	set("B3", "Kinh độ")
	set("C3", "Ngày")
	set("C4", 45900)
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Trạm", "C4", "C4", style); err != nil {
		t.Fatal(err)
	}
	set("A4", "CB0001")
	set("B4", 106.25731)
	set("A6", "CB0002")
	set("B6", "106,30")
	name := filepath.Join(t.TempDir(), "office.xlsx")
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	b, rows, lines := read(t, name, Options{})
	if d := cmp.Diff([]string{"Mã trạm", "Kinh độ", "Ngày"}, b.Columns); d != "" || b.Sheet != "Trạm" {
		t.Error(b.Sheet, d)
	}
	if d := cmp.Diff([][]string{{"CB0001", "106.25731", "2025-08-31"}, {"CB0002", "106,30", ""}}, rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{4, 6}, lines); d != "" {
		t.Error(d)
	}
	for _, o := range []Options{{Sheet: "Tram"}, {HeaderRow: 100}} {
		if _, err := Open(name, o); !errors.Is(err, ErrSheet) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := Open(name, Options{Sheet: "Tram"}); !strings.Contains(err.Error(), `"Trạm"`) {
		t.Errorf("no hint in %v", err)
	}
}

func TestBrokenWorkbooks(t *testing.T) {
	whole := book(t)
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("a,b\n1,2\n"), "cut": whole[:len(whole)/2]} {
		if _, err := Open(save(t, data), Options{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.xlsx"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(book(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(save(t, data), Options{Kinds: true})
		if err != nil {
			return
		}
		defer func() { _ = b.Close() }()
		for _, err := range b.Rows(context.Background()) {
			_ = err // any error will do, a panic will not
		}
	})
}
