package sample

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/csvtable"
	"github.com/covgap/covgap/geo/geojson"
)

// Names of the files that Write makes, terrain tiles in a folder of their own.
const (
	SitesFile    = "sites.csv"
	VillagesFile = "villages.geojson"
	CommunesFile = "communes.geojson"
	ProvinceFile = "province.geojson"
	ReadmeFile   = "README.txt"
	RoadsFile    = "roads.geojson"
	PowerFile    = "power_lines.geojson"
	FibreFile    = "fibre.geojson"
	TerrainDir   = "terrain"

	EarlierVillagesFile = "villages_2022.geojson" // with what was declared by EarlierDate
)

// Write writes the province into dir, which it makes when missing: the terrain
// tiles, sites.csv with a row for every sector and the day it came on air,
// villages.geojson and villages_2022.geojson, communes.geojson, province.geojson,
// roads.geojson, power_lines.geojson, fibre.geojson and README.txt. Files of the same names are
// replaced.
func (p *Province) Write(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, TerrainDir), 0o755); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{ReadmeFile, p.writeReadme},
		{ProvinceFile, func(w io.Writer) error { return writeAreas(w, []data.Area{p.Area}) }},
		{CommunesFile, func(w io.Writer) error { return writeAreas(w, p.Communes) }},
		{VillagesFile, func(w io.Writer) error { return writeVillages(w, p.Villages) }},
		{EarlierVillagesFile, func(w io.Writer) error { return writeVillages(w, p.EarlierVillages) }},
		{SitesFile, p.writeSites},
		{RoadsFile, func(w io.Writer) error { return writeLines(w, p.Roads) }},
		{PowerFile, func(w io.Writer) error { return writeLines(w, p.PowerLines) }},
		{FibreFile, func(w io.Writer) error { return writeLines(w, p.Fibre) }},
	}
	for k := range p.Tiles {
		t := &p.Tiles[k]
		files = append(files, struct {
			name  string
			write func(io.Writer) error
		}{filepath.Join(TerrainDir, t.Name()), func(w io.Writer) error {
			_, err := t.WriteTo(w)
			return err
		}})
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, f.name), f.write); err != nil {
			return fmt.Errorf("sample: %w", err)
		}
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	return write(f)
}

func writeAreas(w io.Writer, areas []data.Area) error {
	out, err := geojson.NewWriter(w, geojson.Options{KeepOrder: true, Columns: []geojson.Column{
		{Name: "code"}, {Name: "name"},
		{Name: "population", Type: geojson.Integer}, {Name: "households", Type: geojson.Integer},
		{Name: "synthetic", Type: geojson.Boolean},
	}})
	if err != nil {
		return err
	}
	for k := range areas {
		a := &areas[k]
		if err := out.Write(a.Geometry[0], a.Code, a.Name, int(a.Population), int(a.Households), true); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeLines(w io.Writer, lines []Line) error {
	out, err := geojson.NewWriter(w, geojson.Options{KeepOrder: true, Columns: []geojson.Column{
		{Name: "name"}, {Name: "synthetic", Type: geojson.Boolean},
	}})
	if err != nil {
		return err
	}
	for k := range lines {
		if err := out.Write(lines[k].Geometry, lines[k].Name, true); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeVillages(w io.Writer, villages []data.Village) error {
	out, err := geojson.NewWriter(w, geojson.Options{KeepOrder: true, Columns: []geojson.Column{
		{Name: "id"}, {Name: "name"}, {Name: "commune_code"}, {Name: "commune"},
		{Name: "population", Type: geojson.Integer}, {Name: "households", Type: geojson.Integer},
		{Name: "grid_power", Type: geojson.Boolean}, {Name: "grid_power_year", Type: geojson.Integer},
		{Name: "fund_eligible", Type: geojson.Boolean},
		{Name: "centre_lon", Type: geojson.Number, Decimals: 6}, {Name: "centre_lat", Type: geojson.Number, Decimals: 6},
		{Name: "declared_status"}, {Name: "declared_date", Type: geojson.Date},
		{Name: "synthetic", Type: geojson.Boolean},
	}})
	if err != nil {
		return err
	}
	for k := range villages {
		v := &villages[k]
		var year any // nil while no grid is planned
		if v.GridPowerYear > 0 {
			year = v.GridPowerYear
		}
		if err := out.Write(v.Geometry, v.ID, v.Name, v.CommuneCode, v.Commune, int(v.Population), int(v.Households),
			v.GridPower == data.Yes, year, v.FundEligible == data.Yes, v.Center[0], v.Center[1],
			string(v.Declared), v.DeclaredDate, true); err != nil {
			return err
		}
	}
	return out.Close()
}

func (p *Province) writeSites(w io.Writer) error {
	out, err := csvtable.NewWriter(w, []string{
		"site_id", "name", "longitude", "latitude", "sector_id", "operator", "technology", "carrier", "frequency_mhz",
		"bandwidth_mhz", "antenna_height_m", "azimuth_deg", "mechanical_tilt_deg", "electrical_tilt_deg",
		"beamwidth_h_deg", "beamwidth_v_deg", "gain_dbi", "ports", "power_dbm", "losses_db", "structure_type",
		"structure_height_m", "owner", "status", "on_air_date", "power_source", "backhaul", "synthetic",
	}, csvtable.Options{})
	if err != nil {
		return err
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for i := range p.Sites {
		s := &p.Sites[i]
		for j := range s.Sectors {
			c := &s.Sectors[j]
			if err := out.Write(
				s.ID, s.Name, strconv.FormatFloat(s.Position[0], 'f', 6, 64), strconv.FormatFloat(s.Position[1], 'f', 6, 64),
				c.ID, c.Operator, string(c.Technology), c.Carrier, number(c.FrequencyMHz), number(c.BandwidthMHz),
				number(c.AntennaHeightM), number(c.AzimuthDeg), number(c.MechanicalTiltDeg), number(c.ElectricalTiltDeg),
				number(c.BeamwidthHDeg), number(c.BeamwidthVDeg), number(c.GainDBi), strconv.Itoa(c.Ports), number(c.PowerDBm), number(c.LossesDB),
				s.StructureType, number(s.StructureHeightM), s.Owner, string(c.Status), c.OnAirDate, s.PowerSource, s.Backhaul, "true",
			); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

func (p *Province) writeReadme(w io.Writer) error {
	sectors := 0
	for k := range p.Sites {
		sectors += p.Sites[k].Rows
	}
	tiles := make([]string, len(p.Tiles))
	for k := range p.Tiles {
		tiles[k] = p.Tiles[k].Name()
	}
	f := &p.Facts
	_, err := fmt.Fprintf(w, `SYNTHETIC DATA - DỮ LIỆU TỔNG HỢP

%s is invented. Terrain, borders, communes, hamlets, people, operators and base
stations were made by a program from the seed %d. They lie on the map where the
north of Vietnam is, and are no evidence about any real place, person or company.
The numbers of masts and of hamlets without service at two dates are tuned to those
reported from a real province. That they come out is no evidence of accuracy.

%s là tỉnh tưởng tượng, do chương trình tạo ra; không phản ánh bất kỳ địa phương,
người dân hay doanh nghiệp nào có thật.

Files
  %s/   %s: heights in metres at %d arc-seconds in the form of SRTM,
             surface "dsm", with voids (%d) on some steep slopes
  %s          one row a sector: %d rows, %d masts with %d base stations of %d
             operators; frequency_mhz is the centre of the band
             on_air_date: %d of the masts are on air on %s, all on %s
  %s   %d hamlets with people, power and what their commune declares in 2025
  %s  the same with what was declared in 2022 (%d weak or none)
  %s   %d communes, a partition of the province
  %s   the outline
  %s   %.0f km, to every hamlet
  %s   %.0f km of medium voltage to the hamlets with grid power
  %s   %.0f km along the main roads

Declared status is mostly what the generator's own rule of thumb for reception says
(%d hamlets without service), and differs from it as declarations do: %d of those are
declared served, and %d others weak. %d hamlets are declared weak or none, %d of these
without grid power; %d hamlets are without in all. What a coverage run computes from
the files is another matter: "covgap compare --dates %s,%s" says it for both dates.
`,
		p.Area.Name, p.Options.Seed, p.Area.Name,
		TerrainDir, strings.Join(tiles, ", "), p.Options.ArcSeconds, VoidM,
		SitesFile, sectors, len(p.Sites), f.Stations, len(operators),
		f.EarlierSites, EarlierDate, LaterDate,
		VillagesFile, len(p.Villages), EarlierVillagesFile, f.EarlierDeclaredGaps, CommunesFile, len(p.Communes), ProvinceFile,
		RoadsFile, lengthKm(p.Roads), PowerFile, lengthKm(p.PowerLines), FibreFile, lengthKm(p.Fibre),
		f.ExpectedGaps, f.DeclaredMissed, f.DeclaredExcess, f.DeclaredGaps, f.GapsWithoutGrid, f.WithoutPower, EarlierDate, LaterDate)
	return err
}
