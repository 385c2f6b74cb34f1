package csvtable

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/reference"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// all reads everything; a row is its quoted values, a refused one its error.
func all(tb testing.TB, in string, window int) (*Table, []string, []error) {
	tb.Helper()
	s := newScanner(context.Background(), iotest.HalfReader(strings.NewReader(in)), "f")
	s.window = window
	t, err := s.table(Header{})
	if err != nil {
		return nil, nil, []error{err}
	}
	var rows []string
	var errs []error
	for f, err := range t.Rows {
		if err != nil {
			errs = append(errs, err)
			rows = append(rows, err.Error())
			continue
		}
		rows = append(rows, fmt.Sprintf("%q", values(f)))
	}
	return t, rows, errs
}

func values(f geo.Feature) (out []string) {
	for _, field := range f.Fields {
		out = append(out, field.Value)
	}
	return out
}

func ExampleRead() {
	in := "site_id;longitude;latitude\nCB-001;106,25;22,66\nCB-002;106,3\n"
	t, err := Read(context.Background(), strings.NewReader(in), "sites.csv")
	if err != nil {
		panic(err)
	}
	fmt.Println(t.Columns, t.CommaFree)
	for row, err := range t.Rows {
		if err != nil {
			fmt.Println(err)
			continue
		}
		longitude, _ := row.Field("longitude")
		fmt.Println(longitude.Value, "in line", longitude.Line, "column", longitude.Column)
	}
	// Output:
	// [site_id longitude latitude] true
	// 106,25 in line 2 column 8
	// sites.csv:3:1: 2 fields; expected 3, as in the header (a field that holds the delimiter or a line break needs quotation marks)
}

func TestRead(t *testing.T) {
	const misfit = " fields; expected 2, as in the header (a field that holds the delimiter or a line break needs quotation marks)"
	for _, tt := range []struct {
		name, in  string
		columns   []string
		delimiter byte
		rows      []string
	}{
		{"plain", "a,b\n1,2\n3,4", []string{"a", "b"}, ',', []string{`["1" "2"]`, `["3" "4"]`}},
		{"byte order mark", "\ufeffa,b\n1,2\n", []string{"a", "b"}, ',', []string{`["1" "2"]`}},
		{"CRLF", "a,b\r\n1,2\r\n\r\n3,4\r\n", []string{"a", "b"}, ',', []string{`["1" "2"]`, `["3" "4"]`}},
		{"lone CR", "a,b\r1,2\r3,4\r", []string{"a", "b"}, ',', []string{`["1" "2"]`, `["3" "4"]`}},
		{"semicolon", "a;b,c;d\n1;2,5;\n", []string{"a", "b,c", "d"}, ';', []string{`["1" "2,5" ""]`}},
		{"tab", "a\tb\n1\t\n", []string{"a", "b"}, '\t', []string{`["1" ""]`}},
		{"bar", "a|b\n1|2\n", []string{"a", "b"}, '|', []string{`["1" "2"]`}},
		{"delimiters in quotation marks", "\"a;;;\",b\n1,2\n", []string{"a;;;", "b"}, ',', []string{`["1" "2"]`}},
		{"spreadsheet's first line", "sep=;\r\na;b\r\n1;2\r\n", []string{"a", "b"}, ';', []string{`["1" "2"]`}},
		{"one column", "id\n04\n01273\n", []string{"id"}, ',', []string{`["04"]`, `["01273"]`}},
		{"header trimmed, values not", " a , b\n 1 , 2\n", []string{"a", "b"}, ',', []string{`[" 1 " " 2"]`}},
		{"quoted", "a,b\n\"x,\"\"y\"\"\",\"line\r\nbreak\"\n,\"\"\n\"\",2", []string{"a", "b"}, ',', []string{`["x,\"y\"" "line\r\nbreak"]`, `["" "2"]`}},
		{"quotation mark inside", "a,b\n5\" pipe,x\"y\"\n", []string{"a", "b"}, ',', []string{`["5\" pipe" "x\"y\""]`}},
		{"unnamed columns", ",a,\n0,1,2\n", []string{"column_1", "a", "column_3"}, ',', []string{`["0" "1" "2"]`}},
		{"blank lines", "\n\r\n\na,b\n\n,\n1,2\n,,,\n\n", []string{"a", "b"}, ',', []string{`["1" "2"]`}},
		{"misfits", "a,b\n1\n1,2,3\n4,5\n", []string{"a", "b"}, ',', []string{"f:2:1: 1" + misfit, "f:3:5: 3" + misfit, `["4" "5"]`}},
		{"text after a quotation mark", "a,b\n\"mã\nx\"y,2\n3,4\n", []string{"a", "b"}, ',', []string{
			`f:3:3: text after a closing quotation mark; expected a delimiter or the end of the line (a quotation mark inside a field is written "")`, `["3" "4"]`}},
		{"no rows", "a,b\n", []string{"a", "b"}, ',', []string{"f:2: a header without rows; expected at least one row"}},
		{"quotation mark never closed", "a,b\n1,2\nx,\"3\n4,5\n", []string{"a", "b"}, ',', []string{`["1" "2"]`,
			`f:3:3: a quotation mark without its partner; expected a second " that ends the field`}},
		{"Windows-1252", "a,tên\n1,x\n2,Z\xfcrich\n3,x", []string{"a", "tên"}, ',', []string{`["1" "x"]`,
			`f:3:3: tên: byte 0xfc, perhaps Windows-1252 text; expected UTF-8 text (save the file as CSV UTF-8, or read it as it is: --encoding windows-1252)`}},
		// "Thục Phán" in Windows-1258: u and dot below, a and acute.
		{"Windows-1258", "a,b\n1,Thu\xf2c Pha\xecn\n", []string{"a", "b"}, ',', []string{
			`f:2:3: b: byte 0xf2, perhaps Windows-1258 (Vietnamese) text; expected UTF-8 text (save the file as CSV UTF-8, or read it as it is: --encoding windows-1258)`}},
		{"NUL", "a,b\n1,2\x003456\n", []string{"a", "b"}, ',', []string{"f:2:3: b: a NUL byte; expected UTF-8 text (save the file as CSV UTF-8)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, window := range []int{1, windowBytes} {
				table, rows, errs := all(t, tt.in, window)
				if table == nil {
					t.Fatal(errs)
				}
				if diff := cmp.Diff(tt.columns, table.Columns); diff != "" {
					t.Error(diff)
				}
				if table.Delimiter != tt.delimiter || table.CommaFree != (tt.delimiter != ',') {
					t.Errorf("delimiter %q, comma free %t", table.Delimiter, table.CommaFree)
				}
				if diff := cmp.Diff(tt.rows, rows); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestReadSentinels(t *testing.T) {
	for _, tt := range []struct {
		in    string
		cause error
		want  string
	}{
		{"", ErrEmpty, "f:1:1: an empty file; expected a header row"},
		{"\ufeff\r\n\n", ErrEmpty, "f:1:1: an empty file; expected a header row"},
		{"a,b", ErrNoRows, "f:1: a header without rows"},
		{"a,b\n,\n", ErrNoRows, "f:3: a header without rows"},
		{"a,b, a\n1,2,3", ErrHeader, "f:1:5: a: column 3 has the name of column 1; expected names that differ"},
		{"\"a\"x,b\n", ErrRow, "f:1:4: text after"},
		{"a,\"b\n", ErrQuote, "f:1:3: a quotation mark without"},
		{"a,Z\xfcrich\n", ErrEncoding, "f:1:3: byte 0xfc"},
		{"\xff\xfea\x00", ErrEncoding, "f:1:1: UTF-16 text"},
		{"a\x00,\x00b\x00\n", ErrEncoding, "f:1:1: NUL bytes, perhaps UTF-16"},
		{"a,b\n1\n", ErrRow, "f:2:1: 1 fields"},
	} {
		_, _, errs := all(t, tt.in, 1)
		var input *geo.InputError
		if len(errs) != 1 || !errors.Is(errs[0], tt.cause) || !errors.As(errs[0], &input) || !strings.HasPrefix(errs[0].Error(), tt.want) {
			t.Errorf("%q: errors %q, want one %q", tt.in, errs, tt.want)
		}
	}
}

func TestReadPositions(t *testing.T) {
	table, err := Read(context.Background(), strings.NewReader("mã,tên,x\r\n\r\nNà,\"a\r\nbộ\",1\r\n,,2\r\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	var got []geo.Feature
	for f, err := range table.Rows {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	want := []geo.Feature{
		{Pos: geo.Position{File: "f", Line: 3, Column: 1, Feature: 1}, Fields: []geo.Field{
			{Name: "mã", Value: "Nà", Kind: geo.Text, Line: 3, Column: 1},
			{Name: "tên", Value: "a\r\nbộ", Kind: geo.Text, Line: 3, Column: 4},
			{Name: "x", Value: "1", Kind: geo.Text, Line: 4, Column: 5},
		}},
		{Pos: geo.Position{File: "f", Line: 5, Column: 1, Feature: 2}, Fields: []geo.Field{
			{Name: "mã", Kind: geo.Null, Line: 5, Column: 1},
			{Name: "tên", Kind: geo.Null, Line: 5, Column: 2},
			{Name: "x", Value: "2", Kind: geo.Text, Line: 5, Column: 3},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	table, err := Read(ctx, strings.NewReader("a\n1\n2\n3\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, err := range table.Rows {
		errs = append(errs, err)
		cancel()
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], context.Canceled) {
		t.Errorf("errors %v, want a row and context.Canceled", errs)
	}
	broken := io.MultiReader(strings.NewReader("a\n1\n2"), iotest.ErrReader(os.ErrPermission))
	table, err = Read(context.Background(), broken, "f")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, err = range table.Rows {
		if err == nil {
			rows++
		}
	}
	// The 2 may be the beginning of a longer value.
	if rows != 1 || !errors.Is(err, os.ErrPermission) {
		t.Errorf("%d rows, error %v, want 1 and that of the reader", rows, err)
	}
}

// A quotation mark that never closes is given up at the limit.
func TestReadLimit(t *testing.T) {
	s := newScanner(context.Background(), strings.NewReader("a,\""+strings.Repeat("x", 10<<20)), "f")
	s.limit = 1 << 20
	if _, err := s.table(Header{}); !errors.Is(err, ErrQuote) {
		t.Errorf("error %v, want ErrQuote", err)
	}
	if cap(s.buf) > 4<<20 {
		t.Errorf("the window grew to %d bytes at a limit of 1 MiB", cap(s.buf))
	}
}

// What Writer writes, Read and encoding/csv read the same.
func TestWriteRead(t *testing.T) {
	// No CR: encoding/csv turns CRLF inside quotation marks into LF.
	value := rapid.StringMatching(`[a-zấ,;"\n\t =+-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		columns := []string{"a", "b", "c"}
		rows := rapid.SliceOfN(rapid.SliceOfN(value, 3, 3), 1, 6).Draw(t, "rows")
		for _, r := range rows {
			r[1] += "." // a row of empty values is passed over
		}
		var b bytes.Buffer
		w, err := NewWriter(&b, columns, Options{BOM: rapid.Bool().Draw(t, "bom")})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if err := w.Write(r...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		table, err := Read(context.Background(), &b, "f")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(table.Columns, columns) {
			t.Fatalf("columns %v", table.Columns)
		}
		var got [][]string
		for f, err := range table.Rows {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, values(f))
		}
		if diff := cmp.Diff(rows, got); diff != "" {
			t.Fatalf("%s\nin %s", diff, text)
		}
		theirs, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(theirs[1:], got); diff != "" {
			t.Fatalf("encoding/csv differs: %s\nin %s", diff, text)
		}
	})
}

func TestWriter(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, []string{"site_id", "name", "azimuth_deg"}, Options{BOM: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write("01273", `=Nà, "Lừa"`, "-5"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]string{{"a"}, {"a", "b", "\xff"}} {
		if err := w.Write(bad...); !errors.Is(err, ErrValue) {
			t.Errorf("%q: %v, want ErrValue", bad, err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffsite_id,name,azimuth_deg\n01273,\"=Nà, \"\"Lừa\"\"\",-5\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\ufeffa;b\r\n\"x\"\"\r\";\r", "sep=|\n\"a\"b|c\n\x00", "a\n\"", "\r\r,\n,,\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		table, rows, errs := all(t, in, 1)
		again, rowsAgain, errsAgain := all(t, in, windowBytes)
		if (table == nil) != (again == nil) || fmt.Sprint(rows, errs) != fmt.Sprint(rowsAgain, errsAgain) {
			t.Errorf("the window's size changes the outcome:\n%v %v\n%v %v", rows, errs, rowsAgain, errsAgain)
		}
		for _, err := range errs {
			var input *geo.InputError
			if !errors.As(err, &input) || input.Pos.Line < 1 {
				t.Errorf("error without a place: %#v", err)
			}
		}
		if table == nil || len(errs) > 0 || strings.Contains(in, "\r") || strings.Contains(in, "sep=") {
			return
		}
		// What is read without complaint, encoding/csv reads the same.
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(in, "\ufeff")))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = rune(table.Delimiter), true, -1
		theirs, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, row := range theirs[1:] {
			if strings.Join(row, "") != "" {
				want = append(want, fmt.Sprintf("%q", row))
			}
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("encoding/csv differs in %q: %s", in, diff)
		}
	})
}

func TestReadReferenceFiles(t *testing.T) {
	dir := reference.Dir(t, "realcase")
	for name, want := range map[string]int{ // from the notes beside the files
		"swiss_uri/sites_bakom_2018.csv":          521,
		"swiss_uri/localities.csv":                93,
		"belgium_drive/measurements_lte_rsrp.csv": 953 + 1368,
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, rows, errs := all(t, string(b), windowBytes); len(errs) > 0 || len(rows) != want {
			t.Errorf("%s: %d rows, want %d: %v", name, len(rows), want, errs)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var in bytes.Buffer
	in.WriteString("site_id,longitude,latitude,operator,technology,antenna_height_m,azimuth_deg\n")
	for i := range 10_000 {
		fmt.Fprintf(&in, "CB-%05d,%.6f,%.6f,\"Viễn thông %d\",LTE,42,%d\n", i, 105.3+float64(i)/1e4, 22.4+float64(i)/1e5, i%3, i%360)
	}
	b.SetBytes(int64(in.Len()))
	b.ReportAllocs()
	for b.Loop() {
		t, err := Read(context.Background(), bytes.NewReader(in.Bytes()), "f")
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range t.Rows {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	w, err := NewWriter(io.Discard, []string{"a", "b", "c"}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len("CB-00001,106.123456,22.123456\n")))
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write("CB-00001", "106.123456", "22.123456"); err != nil {
			b.Fatal(err)
		}
	}
}
