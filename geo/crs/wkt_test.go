package crs

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/covgap/covgap/geo/reference"
)

// As ESRI writes VN-2000 / TM-3 105-45 (gdalsrsinfo -o wkt_esri EPSG:9210).
const esriTM3 = `PROJCS["VN-2000_TM-3_105-45",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.75],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`

func TestFromWKT(t *testing.T) {
	for _, c := range []struct{ wkt, want string }{
		{esriTM3, "EPSG:9210"},
		{"\ufeff" + esriTM3 + "\r\n", "EPSG:9210"},
		{`GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`, "EPSG:4326"},
		{`GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],AUTHORITY["EPSG","4326"]]`, "EPSG:4326"},
		{`PROJCS["WGS_1984_UTM_Zone_48N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["Meter",1]]`, "EPSG:32648"},
	} {
		s, err := FromWKT(c.wkt)
		if err != nil || s.Code() != c.want {
			t.Errorf("%.60s: %s, %v, want %s", c.wkt, s.Code(), err, c.want)
		}
	}
	for _, wkt := range []string{"", "EPSG:9210", `GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]]]`,
		`PROJCS["x",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000"]],PROJECTION["Transverse_Mercator"],PARAMETER["Central_Meridian",105.8]]`} {
		if s, err := FromWKT(wkt); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q gives %s, %v", wkt, s.Code(), err)
		}
	}
}

func TestFromWKTOfGDAL(t *testing.T) {
	if _, err := exec.LookPath("gdalsrsinfo"); err != nil {
		reference.Missing(t, "gdal", "gdalsrsinfo")
	}
	for code := range tm3 {
		checkWKT(t, "wkt_esri", code) // without codes: recognised by its parameters
	}
	for code, form := range map[int]string{4326: "wkt2", 4756: "wkt_esri", 3405: "wkt_esri", 3857: "wkt_esri", 2056: "wkt_esri", 32648: "wkt1", 32760: "wkt_esri"} {
		checkWKT(t, form, code)
	}
}

func checkWKT(t *testing.T, form string, code int) {
	t.Helper()
	want := "EPSG:" + strconv.Itoa(code)
	wkt, err := exec.Command("gdalsrsinfo", "-o", form, want).Output()
	if err != nil {
		t.Fatalf("gdalsrsinfo %s: %v", want, err)
	}
	if s, err := FromWKT(string(wkt)); err != nil || s.Code() != want {
		t.Errorf("%s of %s: %s, %v", form, want, s.Code(), err)
	}
}

func FuzzFromWKT(f *testing.F) {
	f.Add(esriTM3)
	f.Fuzz(func(_ *testing.T, wkt string) { _, _ = FromWKT(wkt) })
}
