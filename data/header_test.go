package data_test

import (
	"context"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
)

// Official tables begin with the name of the office and the motto of the state, side by
// side, then a title; spreadsheets save such lines with all their delimiters.
func TestHeaderBelowTitle(t *testing.T) {
	const motto = "UBND TỈNH CAO BẰNG;;CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM;\n;;Độc lập - Tự do - Hạnh phúc;\n"
	const row = "T1;106,2;22,6;42\n"
	for _, c := range []struct {
		name, text string
		opt        data.Options
		line       int // of the first row of data
	}{
		{"plain", "Mã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n" + row, data.Options{}, 2},
		{"motto", motto + "Mã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n" + row, data.Options{}, 4},
		{"a line without delimiters", "DANH SÁCH TRẠM\n\nMã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n" + row, data.Options{}, 4},
		{"a title with commas and a line break", "\"Kèm theo Công văn 12, ngày 3,\ncủa Sở\"\nMã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n" + row, data.Options{}, 4},
		{"two rows", motto + "Mã trạm;Tọa độ;;Độ cao\n;Kinh độ;Vĩ độ;anten (m)\n" + row, data.Options{}, 5},
		{"numbered columns", motto + "Mã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n(1);(2);(3);(4)\n" + row, data.Options{}, 5},
		{"names of the mapping", motto + "a;b;c;d\n" + row, data.Options{Mapping: data.Mapping{Columns: map[string]string{
			"site_id": "a", "longitude": "b", "latitude": "c", "antenna_height_m": "d"}}}, 4},
		{"named row", motto + "Mã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n" + row, data.Options{HeaderRow: 3}, 4},
		{"sep=", "sep=;\nDANH SÁCH\nMã trạm;Kinh độ;Vĩ độ;Độ cao anten (m)\n" + row, data.Options{}, 4},
	} {
		sites, report, err := data.ReadSites(context.Background(), []string{write(t, "a.csv", c.text)}, c.opt)
		if err != nil || report.Rejected > 0 {
			t.Errorf("%s: %v, %+v", c.name, err, report)
			continue
		}
		if s := sites[0]; s.ID != "T1" || s.Sectors[0].AntennaHeightM != 42 || s.Sectors[0].Pos.Line != c.line {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
	_, _, err := data.ReadSites(context.Background(), []string{write(t, "a.csv", motto+"a;b;c;d\n"+row)}, data.Options{})
	if err == nil || !strings.Contains(err.Error(), "--header-row sites=ROW") {
		t.Errorf("no header: %v", err)
	}
}
