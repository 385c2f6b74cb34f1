package data_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/covgap/covgap/data"
)

// A register of sites seldom holds all that a coverage computation needs. What it
// leaves out stands at a default, and the report says so.
func ExampleReadSites() {
	dir, err := os.MkdirTemp("", "covgap")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "sites.csv")
	table := "Mã trạm;Kinh độ;Vĩ độ;Công nghệ;Azimut;Công suất\n" +
		"CB001;106,2512;22,6701;GSM|LTE;120;46\n" +
		"CB002;22,7013;106,3010;LTE;0;43\n" +
		"CB003;106,3405;22,7120;LTE;240;43\n"
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		panic(err)
	}

	sites, report, err := data.ReadSites(context.Background(), []string{path}, data.Options{})
	if err != nil {
		panic(err)
	}
	for _, s := range sites {
		for _, c := range s.Sectors {
			fmt.Printf("%s: %s %g MHz, %g°, EIRP %g dBm\n", c.ID, c.Technology, c.FrequencyMHz, c.AzimuthDeg, c.EIRPDBm)
		}
	}
	fmt.Printf("rows %d, sites %d, sectors %d\n", report.Rows, report.Records, report.Sectors)
	for _, r := range report.Rejects {
		fmt.Printf("rejected %s in line %d: %s\n", r.ID, r.Pos.Line, r.Reason())
	}
	for _, a := range report.Assumptions[:2] {
		fmt.Printf("assumed %s %s in %d rows\n", a.Column, a.Value, a.Rows)
	}
	// Output:
	// CB001/GSM-1: GSM 947.5 MHz, 120°, EIRP 60 dBm
	// CB001/LTE-1: LTE 1842.5 MHz, 120°, EIRP 60 dBm
	// CB003/LTE-1: LTE 1842.5 MHz, 240°, EIRP 57 dBm
	// rows 3, sites 2, sectors 3
	// rejected CB002 in line 3: longitude, latitude: 22.7013, 106.301; expected longitude, latitude (latitude and longitude are swapped: --swap-xy)
	// assumed operator unspecified in 2 rows
	// assumed frequency_mhz 947.5 (GSM) in 1 rows
}
