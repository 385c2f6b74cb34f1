package data_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/covgap/covgap/data"
	"github.com/paulmach/orb"
)

const (
	openCellIDHeader = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
	openCellIDRows   = "LTE,452,4,21001,1234567,12,106.2573,22.6657,1000,7,1,1459813819,1459813819,0\n" +
		"GSM,452,1,21001,4321,-1,106.3,22.7,500,2,0,1459813819,1459813819,-95\n" +
		"UMTS,456,99,1,2,0,106.4,22.7,500,2,1,1459813819,1459813819,0\n" +
		"CDMA,452,3,1,2,0,106.5,22.7,500,2,1,1459813819,1459813819,0\n"
)

// The cells of OpenCelliD are sites with the names of Viet Nam's operators; a position
// computed from measurements is marked. Its files of one country have no header.
func TestOpenCellID(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		first int // line
	}{"the world's": {openCellIDHeader + openCellIDRows, 2}, "a country's": {openCellIDRows, 1}} {
		path := filepath.Join(t.TempDir(), "452.csv")
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		got, report, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 || report.Rejected != 1 || report.Rejects[0].Pos.Line != c.first+3 || report.Rejects[0].ID != "452-03-1-2" {
			t.Fatalf("%s: %d sites, rejects %v", name, len(got), report.Rejects)
		}
		for i, want := range []struct {
			id, operator string
			technology   data.Technology
			at           orb.Point
			estimated    bool
		}{
			{"452-04-21001-1234567", "Viettel", data.LTE, orb.Point{106.2573, 22.6657}, true},
			{"452-01-21001-4321", "MobiFone", data.GSM, orb.Point{106.3, 22.7}, false},
			{"456-99-1-2", "456-99", data.UMTS, orb.Point{106.4, 22.7}, true},
		} {
			s := got[i]
			sector := &s.Sectors[0]
			if s.ID != want.id || sector.Operator != want.operator || sector.Technology != want.technology || s.Position != want.at ||
				slices.Contains(sector.Assumed, "longitude") != want.estimated || slices.Contains(sector.Assumed, "latitude") != want.estimated {
				t.Errorf("%s: site %+v", name, s)
			}
			if s.Pos.Line != c.first+i {
				t.Errorf("%s: site %s is of line %d", name, s.ID, s.Pos.Line)
			}
		}
	}
}
