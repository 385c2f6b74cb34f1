package data_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/table"
	"github.com/covgap/covgap/geo/xlsx"
	"github.com/paulmach/orb"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// unaccented is how a header looks where somebody typed it without a Vietnamese keyboard.
func unaccented(t *testing.T, s string) string {
	t.Helper()
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn))), s)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("đ", "d", "Đ", "D").Replace(out)
}

// The headers of a provincial office are recognised with and without their accents, in
// capitals, and with a unit behind them.
func TestVietnameseHeaders(t *testing.T) {
	for _, c := range []struct {
		kind    data.Kind
		headers map[string]string // header: column
		row     map[string]string // header: value, where it is not 1
	}{
		{data.Sites, map[string]string{
			"Mã trạm": "site_id", "Tên trạm": "name", "Kinh độ (WGS84)": "longitude", "Vĩ độ (°)": "latitude", "Nhà mạng": "operator", "Công nghệ": "technology",
			"Băng tần": "carrier", "Độ cao anten (m)": "antenna_height_m", "Góc phương vị (độ)": "azimuth_deg", "Công suất (dBm)": "power_dbm",
			"Tần số (MHz)": "frequency_mhz", "Chiều cao cột (mét)": "structure_height_m", "Trạng thái": "status", "Ngày phát sóng": "on_air_date",
			"Góc cụp cơ": "mechanical_tilt_deg", "Góc cụp điện": "electrical_tilt_deg", "Độ lợi anten (dBi)": "gain_dbi", "Loại cột": "structure_type",
			"Chủ sở hữu": "owner", "Nguồn điện": "power_source", "Truyền dẫn": "backhaul",
		}, map[string]string{
			"Kinh độ (WGS84)": "106.2", "Vĩ độ (°)": "22.6", "Công nghệ": "4G", "Băng tần": "1800", "Tần số (MHz)": "1842.5", "Trạng thái": "đang phát sóng",
			"Ngày phát sóng": "31/08/2021", "Độ cao anten (m)": "42",
		}},
		{data.Villages, map[string]string{
			"Mã thôn": "id", "Thôn/Xóm": "name", "Kinh độ": "longitude", "Vĩ độ": "latitude", "Mã xã": "commune_code", "Xã": "commune", "Dân số (người)": "population",
			"Số hộ (hộ)": "households", "Có điện lưới": "grid_power", "Năm có điện lưới": "grid_power_year", "Thuộc diện hỗ trợ": "fund_eligible",
			"Mức ưu tiên": "priority", "Tình trạng sóng": "declared_status", "Ngày khảo sát": "declared_date", "Bán kính (m)": "radius_m",
		}, map[string]string{
			"Kinh độ": "106.2", "Vĩ độ": "22.6", "Có điện lưới": "không", "Năm có điện lưới": "2030", "Tình trạng sóng": "Lõm sóng", "Ngày khảo sát": "31/08/2025",
			"Thuộc diện hỗ trợ": "có", "Bán kính (m)": "300",
		}},
	} {
		for name, spell := range map[string]func(string) string{
			"as it is": func(s string) string { return s }, "capitals": strings.ToUpper, "decomposed": norm.NFD.String,
			"without accents": func(s string) string { return unaccented(t, s) },
		} {
			var header, row []string
			want := map[string]string{}
			for h, column := range c.headers {
				header = append(header, spell(h))
				value := c.row[h]
				if value == "" {
					value = "1"
				}
				row = append(row, value)
				want[column] = spell(h)
			}
			header, row = append(header, spell("Tỉnh"), spell("Công suất (W)")), append(row, "Cao Bằng", "20") // of no column here
			for _, path := range spreadsheets(t, header, row) {
				var report *data.Report
				var err error
				var at orb.Point
				switch c.kind {
				case data.Sites:
					var s []data.Site
					if s, report, err = data.ReadSites(context.Background(), []string{path}, data.Options{}); err == nil {
						at = s[0].Position
					}
				default:
					var v []data.Village
					if v, report, err = data.ReadVillages(context.Background(), []string{path}, data.Options{}); err == nil {
						at = v[0].Geometry.(orb.Point)
					}
				}
				file := filepath.Base(path)
				if err != nil || at != (orb.Point{106.2, 22.6}) {
					t.Errorf("%s, %s, %s: at %v, %v", c.kind, name, file, at, err)
					continue
				}
				got := map[string]string{}
				for _, u := range report.Columns {
					got[u.Column] = u.Source
				}
				for column, h := range want {
					if norm.NFC.String(got[column]) != norm.NFC.String(h) {
						t.Errorf("%s, %s, %s: %s is read from %q, want %q", c.kind, name, file, column, got[column], h)
					}
				}
				if len(report.Unused) != 2 {
					t.Errorf("%s, %s, %s: unused columns %q", c.kind, name, file, report.Unused)
				}
			}
		}
	}
}

// spreadsheets writes a table as offices do: a CSV file with semicolons, one with commas
// in numbers, "Unicode text" as Excel saves it, which is UTF-16 with tabs, and a workbook
// with numbers as numbers.
func spreadsheets(t *testing.T, header, row []string) []string {
	t.Helper()
	dir := t.TempDir()
	commas := make([]string, len(row))
	for i, v := range row {
		commas[i] = v
		if _, err := strconv.ParseFloat(v, 64); err == nil {
			commas[i] = strings.ReplaceAll(v, ".", ",")
		}
	}
	text := func(separator string, row []string) []byte {
		return []byte(strings.Join(header, separator) + "\r\n" + strings.Join(row, separator) + "\r\n")
	}
	unicodeText := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(text("\t", commas)))) {
		unicodeText = binary.LittleEndian.AppendUint16(unicodeText, u)
	}
	columns, values := make([]table.Column, len(header)), make([]any, len(header))
	for i, h := range header {
		columns[i], values[i] = table.Column{Name: h}, row[i]
		if x, err := strconv.ParseFloat(row[i], 64); err == nil {
			columns[i].Type, values[i] = table.Number, x
		}
	}
	book, err := xlsx.NewBook()
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := book.Sheet(table.Layer{Name: "a", Title: "Trạm", Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	var workbook bytes.Buffer
	err = errors.Join(sheet.Write(nil, values...), sheet.Close())
	if _, e := book.WriteTo(&workbook); err != nil || e != nil {
		t.Fatal(err, e)
	}
	var paths []string
	for _, f := range []struct {
		name string
		b    []byte
	}{{"points.csv", text(";", row)}, {"commas.csv", text(";", commas)}, {"unicode.txt", unicodeText}, {"workbook.xlsx", workbook.Bytes()}} {
		paths = append(paths, filepath.Join(dir, f.name))
		if err := os.WriteFile(paths[len(paths)-1], f.b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// Headers of offices and of shapefiles, whose ten letters have no blanks.
func TestOfficialHeaders(t *testing.T) {
	for _, c := range []struct {
		kind   data.Kind
		header string
		value  string
		column string
	}{
		{data.Sites, "Mã BTS", "T1", "site_id"}, {data.Sites, "Tên BTS", "x", "name"}, {data.Sites, "Độ cao treo anten (m)", "42", "antenna_height_m"},
		{data.Villages, "Tên thôn, xóm", "x", "name"}, {data.Villages, "Tên thôn/bản", "x", "name"}, {data.Villages, "Thôn, bản", "x", "name"},
		{data.Villages, "Tổng số hộ", "7", "households"}, {data.Villages, "Điện lưới quốc gia", "có", "grid_power"}, {data.Villages, "Mã ĐVHC", "01273", "commune_code"},
		{data.Villages, "TINHTRANG", "Có sóng", "declared_status"},
	} {
		text := "id;Kinh độ;Vĩ độ;" + c.header + "\n1;106,2;22,6;" + c.value + "\n"
		r, err := read(c.kind, write(t, "t.csv", strings.Replace(text, "id;", map[bool]string{true: "note;", false: "id;"}[c.column == "site_id"], 1)), data.Options{})
		if err != nil || !slices.ContainsFunc(r.Columns, func(u data.ColumnUse) bool { return u.Column == c.column && u.Source == c.header }) {
			t.Errorf("%s, %s: %v, %+v", c.kind, c.header, err, r)
		}
	}
	// X is the northing where surveyors of Viet Nam write it.
	_, err := read(data.Sites, write(t, "t.csv", "Mã trạm;Tọa độ X (VN2000);Tọa độ Y (VN2000)\nA;2508000;551195\n"), data.Options{})
	if err == nil || !strings.Contains(err.Error(), "--in-crs EPSG:9210 --swap-xy") {
		t.Errorf("Tọa độ X, Y: %v", err)
	}
	r, err := read(data.Sites, write(t, "t.csv", "note,lon,lat\nA,106.2,22.6\n"), data.Options{})
	if err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Text, "--map sites.site_id=COLUMN") {
		t.Errorf("no id: %v, %+v", err, r)
	}
}

// có and không are yes and no, whatever the accents.
func TestGridPowerWords(t *testing.T) {
	for word, want := range map[string]data.Presence{
		"có": data.Yes, "Có": data.Yes, "co": data.Yes, "x": data.Yes, "đã có": data.Yes, "Có điện": data.Yes, "có điện lưới": data.Yes,
		"không": data.No, "KHÔNG": data.No, "khong": data.No, "chưa": data.No, "chưa có": data.No, "Chưa có điện": data.No, "": data.Unknown, "chưa rõ": data.Unknown,
	} {
		path := filepath.Join(t.TempDir(), "v.csv")
		if err := os.WriteFile(path, []byte("mã thôn,kinh độ,vĩ độ,có điện lưới\n1,106.2,22.6,"+word+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		v, _, err := data.ReadVillages(context.Background(), []string{path}, data.Options{})
		if err != nil || v[0].GridPower != want {
			t.Errorf("%q: %v, %v", word, v, err)
		}
	}
}
