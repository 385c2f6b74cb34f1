package calibrate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data/yamlfile"
	"github.com/covgap/covgap/geo"
)

// Calibration is a named, versioned set of corrections to one model, the content of
// the file that a project names under coverage.calibration.
type Calibration struct {
	Name            string  `yaml:"name" json:"name"`
	Version         int     `yaml:"version" json:"version"` // 1 or more
	Model           string  `yaml:"model" json:"model"`
	ModelSource     string  `yaml:"model_source" json:"model_source"` // recommendation and edition
	ReceiverHeightM float64 `yaml:"receiver_height_m" json:"receiver_height_m"`

	Rows    int     `yaml:"rows" json:"rows"`         // measurements used
	SplitBy SplitBy `yaml:"split_by" json:"split_by"` // what was held out
	Groups  int     `yaml:"groups" json:"groups"`     // how many of them there were
	// HeldOutBiasDB and HeldOutSDDB are the error on routes or sites that the fit had
	// not seen, predicted less measured level. The sd is 0 when it is not known.
	HeldOutBiasDB float64 `yaml:"held_out_bias_db,omitempty" json:"held_out_bias_db,omitempty"`
	HeldOutSDDB   float64 `yaml:"held_out_sd_db,omitempty" json:"held_out_sd_db,omitempty"`
	DataSHA256    string  `yaml:"data_sha256" json:"data_sha256"` // of the measurements' file

	Parameters []Parameters `yaml:"parameters" json:"parameters"`
}

// Validate gives a [*geo.InputError] that wraps ErrCalibration and names the first
// field that is wrong.
func (c *Calibration) Validate() error {
	wrong := func(field, found, expected string) error {
		return &geo.InputError{Field: field, Found: found, Expected: expected, Err: ErrCalibration}
	}
	switch {
	case c.Name == "":
		return wrong("name", "none", "a name that outputs carry")
	case c.Version < 1:
		return wrong("version", strconv.Itoa(c.Version), "1 or more")
	case len(c.Parameters) == 0:
		return wrong("parameters", "none", "those of one class and band at least")
	case !(c.HeldOutSDDB >= 0 && c.HeldOutSDDB < 100): // also NaN
		return wrong("held_out_sd_db", fmt.Sprint(c.HeldOutSDDB), "0 to below 100 dB")
	}
	if _, err := propagation.Lookup(c.Model); err != nil {
		return wrong("model", err.Error(), "")
	}
	for i := range c.Parameters {
		p := &c.Parameters[i]
		field := fmt.Sprintf("parameters[%d].", i)
		if p.Class != LOS && p.Class != NLOS {
			return wrong(field+"class", strconv.Quote(string(p.Class)), "los or nlos")
		}
		for _, f := range []struct {
			name     string
			value    float64
			ok       bool // false for NaN
			expected string
		}{
			{"min_mhz", p.MinMHz, p.MinMHz > 0, "a frequency above 0"},
			{"max_mhz", p.MaxMHz, p.MaxMHz > p.MinMHz && p.MaxMHz <= 1e6, "a frequency above min_mhz"},
			{"offset_db", p.OffsetDB, math.Abs(p.OffsetDB) <= 100, "-100 to 100 dB"},
			{"slope_db_per_decade", p.SlopeDBPerDecade, math.Abs(p.SlopeDBPerDecade) <= 100, "-100 to 100 dB"},
			{"diffraction_factor", p.DiffractionFactor, p.DiffractionFactor >= 0 && p.DiffractionFactor <= 5, "0 to 5"},
			{"reference_km", p.ReferenceKm, p.ReferenceKm > 0 && p.ReferenceKm < 1e4, "a distance above 0"},
			{"min_distance_km", p.MinDistanceKm, p.MinDistanceKm > 0 && p.MinDistanceKm < 1e4, "a distance above 0"},
			{"max_distance_km", p.MaxDistanceKm, p.MaxDistanceKm >= p.MinDistanceKm && p.MaxDistanceKm < 1e4, "a distance from min_distance_km up"},
			{"max_excess_db", p.MaxExcessDB, p.MaxExcessDB >= 0 && p.MaxExcessDB < 1e3, "0 dB or more"},
			{"held_out_sd_db", p.HeldOutSDDB, p.HeldOutSDDB >= 0 && p.HeldOutSDDB < 100, "0 to below 100 dB"},
		} {
			if !f.ok {
				return wrong(field+f.name, fmt.Sprint(f.value), f.expected)
			}
		}
		for k := range i {
			if q := &c.Parameters[k]; q.Class == p.Class && q.MinMHz < p.MaxMHz && p.MinMHz < q.MaxMHz {
				return wrong(field+"min_mhz", fmt.Sprintf("%g to %g MHz twice for %s", p.MinMHz, p.MaxMHz, p.Class), "bands that do not overlap")
			}
		}
	}
	return nil
}

// Read reads a calibration from the content of a file. Errors are [*geo.InputError]
// with line and column that wrap ErrCalibration.
func Read(content []byte, file string) (*Calibration, error) {
	c := &Calibration{}
	if err := yamlfile.Read(content, file, c, ErrCalibration); err != nil {
		return nil, err
	}
	return c, nil
}

// YAML gives the content of a file that [Read] reads.
func (c *Calibration) YAML() ([]byte, error) {
	b, err := yamlfile.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	return b, nil
}

// digest is a short digest of all that changes a loss.
func (c *Calibration) digest() string {
	h := sha256.New()
	for _, p := range c.Parameters {
		fmt.Fprintf(h, "%s %v %v %v %v %v %v %v %v %v\n", p.Class, p.MinMHz, p.MaxMHz, p.OffsetDB, p.SlopeDBPerDecade, p.DiffractionFactor,
			p.ReferenceKm, p.MinDistanceKm, p.MaxDistanceKm, p.MaxExcessDB)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// of gives the parameters of a class and frequency, nil where there are none.
func (c *Calibration) of(class Class, frequencyMHz float64) *Parameters {
	i := slices.IndexFunc(c.Parameters, func(p Parameters) bool { return p.Class == class && p.Has(frequencyMHz) })
	if i < 0 {
		return nil
	}
	return &c.Parameters[i]
}

// Covers says whether there are parameters for a frequency, of either class.
func (c *Calibration) Covers(frequencyMHz float64) bool {
	return c.of(LOS, frequencyMHz) != nil || c.of(NLOS, frequencyMHz) != nil
}
