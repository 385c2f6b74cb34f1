package data_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/data"
)

// A column that is all but called as one that is missing is named, with what reads it;
// others that nothing is read from are not.
func TestMisspeltColumns(t *testing.T) {
	for _, c := range []struct {
		header string
		row    string
		want   string // the column, "" for none
	}{
		{"anten_heigth", "30", ""}, // of antenna_height_m: more than two letters
		{"antenna_heigth_m", "30", "antenna_height_m"},
		{"antena_height", "30", "antenna_height_m"},
		{"azimut_deg", "120", "azimuth_deg"},
		{"Do cao aten", "30", "antenna_height_m"}, // Độ cao anten
		{"powr_dbm", "43", "power_dbm"},
		{"Công suấtt (dBm)", "43", "power_dbm"},
		{"tecnology", "LTE", "technology"},
		{"Công suất (W)", "20", ""}, // another unit is another column
		{"Tỉnh", "Cao Bằng", ""},
		{"note", "a", ""},
		{"lac", "3", ""}, // not lat
		{"comment", "b", ""},
		{"updated", "2025", ""},
	} {
		file := filepath.Join(t.TempDir(), "sites.csv")
		if err := os.WriteFile(file, []byte("site_id,longitude,latitude,operator,"+c.header+"\nA,106.2,22.6,X,"+c.row+"\nB,106.3,22.6,X,"+c.row+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, report, err := data.ReadSites(t.Context(), []string{file}, data.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.header, err)
		}
		var said []string
		for _, w := range report.Warnings {
			if strings.HasPrefix(w.Text, "nothing is read from column") {
				said = append(said, w.Text)
				if w.Rows != 2 || w.Pos.Line != 1 {
					t.Errorf("%s: %d rows at %s", c.header, w.Rows, w.Pos)
				}
			}
		}
		switch {
		case c.want == "" && len(said) > 0:
			t.Errorf("%s: %s", c.header, said)
		case c.want != "" && (len(said) != 1 || !strings.Contains(said[0], "looks like "+c.want+": if it is that, inputs.sites.mapping: {columns: {"+c.want+": "+c.header+"}} in covgap.yaml, or --map sites."+c.want+"="+c.header)):
			t.Errorf("%s: %q", c.header, said)
		}
	}
}
