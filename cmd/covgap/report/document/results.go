package document

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/hexgrid"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// results are the files of a run, read.
type results struct {
	villages []village
	gaps     []row // of gaps.csv
	communes []row
	actions  []row // of plan.csv
	measure  []row
	plan     *planner.Plan // nil where the run made none
	hexes    []hexagon
}

// village is a feature of villages.geojson.
type village struct {
	ID       string     `json:"village_id"`
	Name     string     `json:"name"`
	Commune  string     `json:"commune"`
	Class    data.Class `json:"class"`
	Declared data.Class `json:"declared_status"`
	Target   bool       `json:"target"`
	Unserved *float64   `json:"people_unserved"`
	People   *float64   `json:"population"`
	Margin   *float64   `json:"margin_db"`
	Share    float64    `json:"served_share"`
	Lon      float64    `json:"centre_lon"`
	Lat      float64    `json:"centre_lat"`
	Certain  string     `json:"certainty"`
	Weak     *float64   `json:"weak_probability"`

	outline orb.MultiPolygon
}

func (v *village) gap() bool         { return v.Class == data.Weak || v.Class == data.None }
func (v *village) declaredGap() bool { return v.Declared == data.Weak || v.Declared == data.None }

// hexagon is a feature of coverage.geojson.
type hexagon struct {
	cell      hexgrid.Cell
	class     data.Class
	signalDBm *float64 // nil where no sector reaches
}

// row is a row of a table, by column.
type row map[string]string

// number gives a column of numbers; ok is false where nothing is known.
func (r row) number(column string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(r[column], 64)
	return v, err == nil
}

// read reads the files of a run in a folder. Listed are their digests as run.json has
// them; nil trusts the files, as the run that has just written them does.
func read(ctx context.Context, r *run.Run, folder string, stages []string, listed map[string]string) (*results, error) {
	var out results
	get := func(name string) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		path := filepath.Join(folder, name)
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", run.ErrMissing, err)
		}
		if sum := sha256.Sum256(b); listed != nil && listed[name] != hex.EncodeToString(sum[:]) {
			return nil, &geo.InputError{
				Pos: geo.Position{File: path}, Found: "not the file that " + run.FileRun + " lists", Expected: "SHA-256 " + listed[name],
				Hint: "it was changed, or belongs to another run: run again", Err: run.ErrResults,
			}
		}
		return b, nil
	}
	table := func(name string, into *[]row, optional bool) error {
		b, err := get(name)
		if optional && errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		*into, err = rows(b)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", run.ErrResults, name, err)
		}
		return nil
	}
	b, err := get(run.FileVillages)
	if err != nil {
		return nil, err
	}
	if out.villages, err = readVillages(b); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", run.ErrResults, run.FileVillages, err)
	}
	if b, err = get(run.FileCoverage); err != nil {
		return nil, err
	}
	if out.hexes, err = readHexes(b); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", run.ErrResults, run.FileCoverage, err)
	}
	if err := table(run.FileGaps, &out.gaps, false); err != nil {
		return nil, err
	}
	if err := table(run.FileCommunes, &out.communes, false); err != nil {
		return nil, err
	}
	if !slices.Contains(stages, "plan") {
		return &out, nil
	}
	if err := table(run.FilePlanCSV, &out.actions, false); err != nil {
		return nil, err
	}
	if err := table(run.FileMeasure, &out.measure, true); err != nil {
		return nil, err
	}
	if b, err = get(run.FilePlanYAML); err != nil {
		return nil, err
	}
	out.plan, err = planner.FromYAML(b, filepath.Join(folder, run.FilePlanYAML), r.Project.Plan.Templates...)
	return &out, err
}

// rows reads a table that a run wrote.
func rows(content []byte) ([]row, error) {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll()
	if err != nil || len(records) == 0 {
		return nil, err
	}
	out := make([]row, len(records)-1)
	for i := range out {
		out[i] = row{}
		for k, column := range records[0] {
			out[i][column] = records[i+1][k]
		}
	}
	return out, nil
}

func readVillages(content []byte) ([]village, error) {
	var collection struct {
		Features []struct {
			Properties village           `json:"properties"`
			Geometry   *geojson.Geometry `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(content, &collection); err != nil {
		return nil, err
	}
	out := make([]village, len(collection.Features))
	for i := range out {
		f := &collection.Features[i]
		out[i] = f.Properties
		if f.Geometry != nil {
			out[i].outline, _ = f.Geometry.Coordinates.(orb.MultiPolygon)
		}
	}
	return out, nil
}

func readHexes(content []byte) ([]hexagon, error) {
	var collection struct {
		Features []struct {
			Properties struct {
				ID        string     `json:"hex_id"`
				Class     data.Class `json:"class"`
				SignalDBm *float64   `json:"signal_dbm"`
			} `json:"properties"`
		} `json:"features"`
	}
	if err := json.Unmarshal(content, &collection); err != nil {
		return nil, err
	}
	out := make([]hexagon, len(collection.Features))
	for i := range out {
		p := &collection.Features[i].Properties
		cell, err := hexgrid.Parse(p.ID)
		if err != nil {
			return nil, err
		}
		out[i] = hexagon{cell, p.Class, p.SignalDBm}
	}
	return out, nil
}
