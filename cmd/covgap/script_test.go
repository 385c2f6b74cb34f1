package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data/sample"
	"github.com/covgap/covgap/geo/geojson"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/geo/reference"
	"github.com/rogpeppe/go-internal/testscript"
)

// The scenarios under testdata specify the command line, one behaviour each.
//
// Every script starts in a folder of its own that holds small/, a project of two
// communes with a ridge between them: base stations in the western one, two
// villages in the eastern one that the ridge hides. Its terrain is made by the
// command mkterrain; see commands for what else a script can say.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"covgap": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			os.Exit(Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/scripts", Cmds: commands, Setup: setUp,
		RequireExplicitExec: false, RequireUniqueNames: true,
	})
}

// TestRealData runs the scenarios on real administrative areas, sites and terrain.
// The files are not part of the project: see [reference.Dir].
func TestRealData(t *testing.T) {
	dir := reference.Dir(t, "realcase")
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/realcase", Cmds: commands, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("REALCASE", dir)
			return setUp(e)
		},
	})
}

// setUp puts the small project into a script's folder.
func setUp(e *testscript.Env) error {
	e.Setenv("ROWS", cmp.Or(os.Getenv("COVGAP_ROWS"), "200000"))
	small := filepath.Join(e.WorkDir, "small")
	if err := os.CopyFS(small, os.DirFS("testdata/small")); err != nil {
		return err
	}
	return writeSmallTerrain(filepath.Join(small, "dem.tif"), groundM)
}

// commands are what a script can say beyond testscript's own words.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	// exits CODE COMMAND… runs a command that must end with that exit code.
	"exits": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) >= 2)
		want, err := strconv.Atoi(args[0])
		ts.Check(err)
		code := 0
		if err := ts.Exec(args[1], args[2:]...); err != nil {
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				ts.Fatalf("%v", err)
			}
			code = exit.ExitCode()
		}
		stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
		ts.Logf("[stdout]\n%s[stderr]\n%s", stdout, stderr)
		if code != want {
			ts.Fatalf("exit code %d, want %d", code, want)
		}
		if strings.Contains(stderr, "internal error") || strings.Contains(stderr, "goroutine ") {
			ts.Fatalf("the program broke down")
		}
	},

	// replace FILE OLD NEW changes the one place where FILE has OLD; \n is a line end.
	"replace": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 3)
		unquote := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").Replace
		text, old := ts.ReadFile(args[0]), unquote(args[1])
		if n := strings.Count(text, old); n != 1 {
			ts.Fatalf("%s has %q %d times, want once", args[0], old, n)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, old, unquote(args[2]), 1)), 0o666))
	},

	// freeport NAME gives the environment variable a port of this machine that is free.
	"freeport": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 1)
		var config net.ListenConfig
		l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
		ts.Check(err)
		_, port, err := net.SplitHostPort(l.Addr().String())
		ts.Check(errors.Join(err, l.Close()))
		ts.Setenv(args[0], port)
	},

	// get URL FILE writes what a server answers into a file, once there is one.
	"get": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 2)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0], http.NoBody)
			ts.Check(err)
			answer, err := http.DefaultClient.Do(r)
			if err == nil {
				body, err := io.ReadAll(answer.Body)
				ts.Check(errors.Join(err, answer.Body.Close(), os.WriteFile(ts.MkAbs(args[1]), body, 0o666)))
				return
			}
			ts.Check(ctx.Err())
			time.Sleep(50 * time.Millisecond)
		}
	},

	// without FILE TEXT removes the lines that hold TEXT.
	"without": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 2)
		var kept strings.Builder
		for line := range strings.Lines(ts.ReadFile(args[0])) {
			if !strings.Contains(line, args[1]) {
				kept.WriteString(line)
			}
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(kept.String()), 0o666))
	},

	// bom FILE puts a byte order mark before its first character, as Excel does.
	"bom": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 1)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("\ufeff"+ts.ReadFile(args[0])), 0o666))
	},

	// latin FILE turns its letters into bytes of the same number, as ISO 8859-1 has them.
	"latin": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 1)
		var out []byte
		for _, r := range ts.ReadFile(args[0]) {
			out = append(out, byte(r))
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o666))
	},

	// crlf FILE ends its lines as Windows does.
	"crlf": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 1)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(ts.ReadFile(args[0]), "\n", "\r\n")), 0o666))
	},

	// truncate FILE BYTES keeps the first bytes of FILE.
	"truncate": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 2)
		n, err := strconv.ParseInt(args[1], 10, 64)
		ts.Check(err)
		ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
	},

	// mkterrain FILE WEST SOUTH EAST NORTH writes the small project's terrain.
	"mkterrain": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 5)
		var edge [4]float64
		for i := range edge {
			v, err := strconv.ParseFloat(args[1+i], 64)
			ts.Check(err)
			edge[i] = v
		}
		ts.Check(writeTerrain(ts.MkAbs(args[0]), edge[0], edge[1], edge[2], edge[3], groundM))
	},

	// mkflat FILE writes the small project's terrain without its ridge.
	"mkflat": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 1)
		ts.Check(writeSmallTerrain(ts.MkAbs(args[0]), func(_, _ float64) float64 { return 300 }))
	},

	// mkhgt DIR writes the small project's terrain as an SRTM tile into DIR.
	"mkhgt": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 1)
		tile := sample.Tile{Lon: 106, Lat: 22, Size: 1201}
		for j := range tile.Size {
			for i := range tile.Size {
				tile.HeightsM = append(tile.HeightsM, int16(groundM(106+float64(i)/1200, 23-float64(j)/1200)))
			}
		}
		dir := ts.MkAbs(args[0])
		ts.Check(os.MkdirAll(dir, 0o777))
		f, err := os.Create(filepath.Join(dir, tile.Name()))
		ts.Check(err)
		_, err = tile.WriteTo(f)
		ts.Check(err)
		ts.Check(f.Close())
	},

	// mkmap FILE uint8|float32 WEST SOUTH EAST NORTH VALUE [WEST SOUTH EAST NORTH VALUE]…
	// writes a map of three arc-seconds over the first box; later ones are drawn on it.
	"mkmap": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) >= 7 && len(args)%5 == 2)
		boxes := make([][5]float64, 0, len(args)/5)
		for i := 2; i < len(args); i += 5 {
			var b [5]float64
			for k := range b {
				var err error
				b[k], err = strconv.ParseFloat(args[i+k], 64)
				ts.Check(err)
			}
			boxes = append(boxes, b)
		}
		value := func(lon, lat float64) (v float64) {
			for _, b := range boxes {
				if lon >= b[0] && lat >= b[1] && lon <= b[2] && lat <= b[3] {
					v = b[4]
				}
			}
			return v
		}
		b := boxes[0]
		if args[1] == "uint8" {
			ts.Check(writeMap(ts.MkAbs(args[0]), b[0], b[1], b[2], b[3], func(lon, lat float64) uint8 { return uint8(value(lon, lat)) }))
			return
		}
		ts.Check(writeMap(ts.MkAbs(args[0]), b[0], b[1], b[2], b[3], func(lon, lat float64) float32 { return float32(value(lon, lat)) }))
	},

	// mkmsi FILE H_WIDTH V_WIDTH TILT GAIN writes an antenna file with these degrees and
	// dBi.
	"mkmsi": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 5)
		var v [4]float64
		for i := range v {
			var err error
			v[i], err = strconv.ParseFloat(args[1+i], 64)
			ts.Check(err)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(antennaFile(v[0], v[1], v[2], v[3])), 0o666))
	},

	// unbase64 TEXT FILE writes what a file has in base64.
	"unbase64": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 2)
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(ts.ReadFile(args[0])))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o666))
	},

	// mksites FILE ROWS writes a register of base stations, a row each, over the
	// small project's area.
	"mksites": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 2)
		rows, err := strconv.Atoi(args[1])
		ts.Check(err)
		ts.Check(writeSites(ts.MkAbs(args[0]), rows))
	},

	// mkdrive SITES MEASUREMENTS STATIONS writes a register of base stations west of the
	// small project's ridge and a drive test of them: levels by a power law of distance.
	"mkdrive": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 3)
		stations, err := strconv.Atoi(args[2])
		ts.Check(err)
		ts.Check(writeDrive(ts.MkAbs(args[0]), ts.MkAbs(args[1]), stations))
	},

	// json FILE PATH VALUE: the member of a JSON file at the dotted path holds the
	// value; FILE may be stdout; numbers in PATH are places in a list, len its length.
	"json": func(ts *testscript.TestScript, neg bool, args []string) {
		if len(args) != 3 {
			ts.Fatalf("usage: json FILE PATH VALUE")
		}
		dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
		dec.UseNumber()
		var doc any
		if err := dec.Decode(&doc); err != nil {
			ts.Fatalf("%s is not JSON: %v", args[0], err)
		}
		if dec.More() {
			ts.Fatalf("%s holds more than one JSON value", args[0])
		}
		got, err := member(doc, args[1])
		ts.Check(err)
		if same := got == args[2]; same == neg {
			ts.Fatalf("%s: %s is %q, compared with %q", args[0], args[1], got, args[2])
		}
	},

	// same DIR DIR: two output folders hold the same files with the same bytes, but
	// for timings.json.
	"same": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) == 2)
		ts.Check(sameFolders(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
	},

	// rfc7946 FILE…: the GeoJSON files keep the rules.
	"rfc7946": func(ts *testscript.TestScript, neg bool, args []string) {
		plain(ts, neg, len(args) > 0)
		for _, file := range args {
			for _, v := range geojson.Check(strings.NewReader(ts.ReadFile(file))) {
				ts.Fatalf("%s: %v", file, v)
			}
		}
	},
}

// plain refuses a command that is negated or has the wrong number of arguments.
func plain(ts *testscript.TestScript, neg, ok bool) {
	if neg || !ok {
		ts.Fatalf("wrong use of a command: see commands in script_test.go")
	}
}

// member gives the value at a dotted path as text.
func member(doc any, path string) (string, error) {
	at := doc
	for _, name := range strings.Split(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			next, ok := v[name]
			if !ok {
				return "", fmt.Errorf("no member %q of %q", name, path)
			}
			at = next
		case []any:
			if name == "len" {
				at = json.Number(strconv.Itoa(len(v)))
				continue
			}
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return "", fmt.Errorf("no element %q of %q: the list has %d", name, path, len(v))
			}
			at = v[i]
		default:
			return "", fmt.Errorf("no member %q of %q: %v holds nothing", name, path, at)
		}
	}
	if s, ok := at.(string); ok {
		return s, nil
	}
	b, err := json.Marshal(at)
	return string(b), err
}

// sameFolders says in what two output folders differ.
func sameFolders(a, b string) error {
	names := map[string][]string{}
	for _, dir := range []string{a, b} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Name() != run.FileTimings {
				names[dir] = append(names[dir], e.Name())
			}
		}
	}
	if !slices.Equal(names[a], names[b]) || len(names[a]) == 0 {
		return fmt.Errorf("%s holds %v, %s holds %v", a, names[a], b, names[b])
	}
	for _, name := range names[a] {
		left, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			return err
		}
		right, err := os.ReadFile(filepath.Join(b, name))
		if err != nil {
			return err
		}
		if string(left) != string(right) {
			return fmt.Errorf("%s differs between %s and %s", name, a, b)
		}
	}
	return nil
}

// groundM is the small project's terrain: a valley floor at 300 m and a ridge
// 1,000 m above it along 106.25 degrees east.
func groundM(lon, lat float64) float64 {
	const ridgeLon, ridgeWidthDeg = 106.25, 0.008
	x := (lon - ridgeLon) / ridgeWidthDeg
	return math.Round(300 + 1000*math.Exp(-x*x) + 20*math.Sin(300*lon)*math.Cos(300*lat))
}

// writeSmallTerrain writes terrain for the small project's areas and the margin
// around them.
func writeSmallTerrain(path string, heightM func(lon, lat float64) float64) error {
	return writeTerrain(path, 106.08, 22.48, 106.42, 22.82, heightM)
}

// writeTerrain writes terrain at three arc-seconds.
func writeTerrain(path string, west, south, east, north float64, heightM func(lon, lat float64) float64) error {
	return writeMap(path, west, south, east, north, func(lon, lat float64) int16 { return int16(heightM(lon, lat)) })
}

// writeMap writes a raster of three arc-seconds. Integers of 16 bits are heights and
// have a value for voids.
func writeMap[T geotiff.Sample](path string, west, south, east, north float64, value func(lon, lat float64) T) (err error) {
	const step = 3.0 / 3600
	h := geotiff.Header{
		Width: int(math.Round((east - west) / step)), Height: int(math.Round((north - south) / step)),
		West: west + step/2, North: north - step/2, StepX: step, StepY: step, EPSG: 4326, Geographic: true,
	}
	if _, heights := any(value).(func(lon, lat float64) int16); heights {
		h.NoData, h.HasNoData = sample.VoidM, true
	}
	values := make([]T, 0, h.Width*h.Height)
	for j := range h.Height {
		for i := range h.Width {
			values = append(values, value(h.West+float64(i)*step, h.North-float64(j)*step))
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	return geotiff.Encode(f, h, values, geotiff.Layout{})
}

// antennaFile gives an MSI file of a panel after TR 36.814, table A.2.1.1-2.
func antennaFile(widthHDeg, widthVDeg, tiltDeg, gainDBi float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "NAME PANEL\nMAKE EXAMPLE\nFREQUENCY 1842.5\nGAIN %g dBi\nTILT ELECTRICAL %g\n", gainDBi, tiltDeg)
	cut := func(name string, width, tilt float64) {
		fmt.Fprintf(&b, "%s 360\n", name)
		for i := range 360 {
			x := math.Remainder(float64(i)-tilt, 360) / width
			fmt.Fprintf(&b, "%d %.2f\n", i, min(12*x*x, 25))
		}
	}
	cut("HORIZONTAL", widthHDeg, 0)
	cut("VERTICAL", widthVDeg, tiltDeg)
	return b.String()
}

// writeSites writes a register of base stations on a lattice of about 10 m, so that
// many rows are joined to a site.
func writeSites(path string, rows int) error {
	var b strings.Builder
	b.WriteString("site_id,longitude,latitude,operator,technology,antenna_height_m,azimuth_deg,power_dbm\n")
	for i := range rows {
		fmt.Fprintf(&b, "S%07d,%.5f,%.5f,Viettel,LTE,%d,%d,43\n", i, 106.2+0.0001*float64(i%1000), 22.6+0.0001*float64(i/1000%1000), 20+i%30, i%360)
	}
	return os.WriteFile(path, []byte(b.String()), 0o666)
}

// writeDrive writes stations and 60 levels of each, 40 log d with a few decibels of
// scatter that repeat, and no level where it comes below -102 dBm.
func writeDrive(sitesPath, measurementsPath string, stations int) error {
	var sites, rows strings.Builder
	sites.WriteString("site_id,longitude,latitude,operator,technology,frequency_mhz,antenna_height_m,azimuth_deg,power_dbm\n")
	rows.WriteString("time,lon,lat,cell,rsrp,drive\n")
	for i := range stations {
		lon, lat := 106.205+0.01*float64(i%4), 22.61+0.02*float64(i/4)
		fmt.Fprintf(&sites, "S%d,%.5f,%.5f,Viettel,LTE,1842.5,30,omni,43\n", i, lon, lat)
		for k := range 60 {
			turn, km := 2.4*float64(k), 0.3+0.06*float64(k)
			level := -78 - 40*math.Log10(km) + float64(i%3-1)*3 + 4*math.Sin(17*float64(k))
			text := strconv.FormatFloat(level, 'f', 1, 64)
			if level < -102 {
				text = ""
			}
			fmt.Fprintf(&rows, "2025-06-%02d 08:%02d:00,%.6f,%.6f,S%d,%s,%d\n", 1+i%28, k, lon+km*math.Sin(turn)/102.8, lat+km*math.Cos(turn)/110.7, i, text, i%2)
		}
	}
	return errors.Join(os.WriteFile(sitesPath, []byte(sites.String()), 0o666), os.WriteFile(measurementsPath, []byte(rows.String()), 0o666))
}
