package data_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
)

// writeSheets writes a workbook of sheets of one row each: a header and its values.
func writeSheets(t *testing.T, path string, sheets ...[]string) {
	t.Helper()
	book, err := xlsx.NewBook()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sheets {
		y := table.Layer{Name: "s" + strconv.Itoa(i), Title: s[0]}
		var values []any
		for _, cell := range s[1:] {
			name, value, _ := strings.Cut(cell, "=")
			y.Columns = append(y.Columns, table.Column{Name: "c" + strconv.Itoa(len(values)), Label: name})
			values = append(values, value)
		}
		w, err := book.Sheet(y)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(nil, values...), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.WriteTo(f); errors.Join(err, f.Close()) != nil {
		t.Fatal(err)
	}
}

// Of several sheets the only one that has the columns is read; none and two are refused.
func TestSheetOfSeveral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	notes := []string{"Ghi chú", "Người lập=A", "Ngày=2025"}
	masts := []string{"Tram", "Mã trạm=T1", "Kinh độ=106.25", "Vĩ độ=22.65"}
	plan := []string{"Plan", "Site=N1", "Longitude=106.3", "Latitude=22.7"}
	places := []string{"Thon", "Mã thôn=V1", "Thôn/xóm=Nà Lừa", "Kinh độ=106.26", "Vĩ độ=22.66", "Số hộ=48"}
	ctx := context.Background()
	read := func(layer string) ([]data.Site, *data.Report, error) {
		return data.ReadSites(ctx, []string{path}, data.Options{Layer: layer})
	}

	writeSheets(t, path, notes, masts)
	sites, report, err := read("")
	if err != nil || len(sites) != 1 || sites[0].ID != "T1" || report.Layer != "Tram" || report.Layers < 2 {
		t.Errorf("%+v, %+v, %v", sites, report, err)
	}
	if _, report, err := read("tram"); err != nil || report.Layer != "" {
		t.Errorf("named: %+v, %v", report, err)
	}

	writeSheets(t, path, notes, plan, masts)
	if _, _, err := read(""); !errors.Is(err, xlsx.ErrSeveral) || !strings.Contains(err.Error(), "Plan, Tram have the columns; expected one (name one: --layer NAME)") {
		t.Error(err)
	}
	writeSheets(t, path, notes, places)
	if _, _, err := read(""); !errors.Is(err, xlsx.ErrSeveral) || !strings.Contains(err.Error(), "none has the columns") {
		t.Error(err)
	}
	writeSheets(t, path, notes, masts, places)
	villages, _, err := data.ReadVillages(ctx, []string{path}, data.Options{})
	if err != nil || len(villages) != 1 || villages[0].Name != "Nà Lừa" {
		t.Errorf("%+v, %v", villages, err)
	}
	// A column that the mapping names tells the sheets apart.
	writeSheets(t, path, plan, masts)
	sites, _, err = data.ReadSites(ctx, []string{path}, data.Options{Mapping: data.Mapping{Columns: map[string]string{"site_id": "Mã trạm"}}})
	if err != nil || len(sites) != 1 || sites[0].ID != "T1" {
		t.Errorf("%+v, %v", sites, err)
	}

	sheets, err := data.Sheets(ctx, path)
	if err != nil || len(sheets) < 2 || sheets[0].Name != "Plan" || sheets[0].Rows != 1 || strings.Join(sheets[0].Columns, ",") != "Site,Longitude,Latitude" {
		t.Errorf("%+v, %v", sheets, err)
	}
}
