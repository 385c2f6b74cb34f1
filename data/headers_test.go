package data_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/covgap/covgap/data"
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
			path := filepath.Join(t.TempDir(), "t.csv")
			if err := os.WriteFile(path, []byte(strings.Join(header, ";")+"\n"+strings.Join(row, ";")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var report *data.Report
			var err error
			if c.kind == data.Sites {
				_, report, err = data.ReadSites(context.Background(), []string{path}, data.Options{})
			} else {
				_, report, err = data.ReadVillages(context.Background(), []string{path}, data.Options{})
			}
			if err != nil {
				t.Errorf("%s, %s: %v", c.kind, name, err)
				continue
			}
			got := map[string]string{}
			for _, u := range report.Columns {
				got[u.Column] = u.Source
			}
			for column, h := range want {
				if got[column] != h {
					t.Errorf("%s, %s: %s is read from %q, want %q", c.kind, name, column, got[column], h)
				}
			}
			if len(report.Unused) != 2 {
				t.Errorf("%s, %s: unused columns %q", c.kind, name, report.Unused)
			}
		}
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
