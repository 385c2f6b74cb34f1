package propagation

import (
	"fmt"
	"math"
)

// TR38901 is the path loss of 3GPP TR 38.901 (version 17), table 7.4.1-1, for the
// rural and the urban macro cell. The base station is the transmitter; heights are
// above the ground at each end, as in the table, and the distance d3D is the
// straight line between the antennas where they really stand.
//
// The table knows a line-of-sight and an obstructed loss and leaves the choice to
// chance (table 7.4.2-1). Here the terrain decides: the line is sight when no
// terrain between the ends reaches the straight ray over an Earth of 4/3 its radius
// (or what the climate's DeltaN says). So the same path always has the same loss.
// Clutter of the profile is not read: the obstructed loss has the scenario's
// buildings in it, and in line of sight the table supposes none in the way.
//
// Both losses are medians over shadow fading, whose standard deviation the table
// gives as 4 dB in line of sight (6 dB past the breakpoint of RMa), obstructed as
// 8 dB in RMa and 6 dB in UMa.
type TR38901 struct {
	Scenario Scenario
}

// Scenario is a scenario of TR 38.901.
type Scenario uint8

// The scenarios. The zero Scenario is RMa.
const (
	RMa Scenario = iota // rural macro cell, streets of 20 m and buildings of 5 m (the table's defaults)
	UMa                 // urban macro cell
)

var _ RayModel = TR38901{}

// Name gives "tr38901-rma" or "tr38901-uma".
func (m TR38901) Name() string {
	if m.Scenario == UMa {
		return "tr38901-uma"
	}
	return "tr38901-rma"
}

// Validity gives the applicability of table 7.4.1-1 and its note 3. The obstructed
// loss of RMa ends at 5 km already, which Loss warns of.
func (m TR38901) Validity() Validity {
	v := Validity{
		Source:          "3GPP TR 38.901 table 7.4.1-1, RMa",
		MinFrequencyMHz: 500, MaxFrequencyMHz: 30e3,
		MinDistanceKm: 0.01, MaxDistanceKm: 10,
		MinTxHeightM: 10, MaxTxHeightM: 150,
		MinRxHeightM: 1, MaxRxHeightM: 10,
		Notes: "median over shadow fading; line of sight from the terrain; obstructed to 5 km; 20 m streets, 5 m buildings",
	}
	if m.Scenario == UMa {
		v.Source = "3GPP TR 38.901 table 7.4.1-1, UMa"
		v.MaxFrequencyMHz = 100e3
		v.MaxDistanceKm = 5
		v.MinTxHeightM, v.MaxTxHeightM = 0, 0
		v.MinRxHeightM, v.MaxRxHeightM = 1.5, 22.5
		v.Notes = "median over shadow fading; line of sight from the terrain; made for a base station at 25 m"
	}
	return v
}

// Loss gives the median loss, with warnings outside the table's applicability. It
// has no number with an antenna on the ground, in UMa with one no higher than the
// effective environment (1 m for a mobile below 13 m) or a mobile above 23 m.
func (m TR38901) Loss(p *Profile, l Link) (Result, error) {
	if err := p.check(); err != nil {
		return Result{}, err
	}
	if err := l.check(); err != nil {
		return Result{}, err
	}
	radiusM, err := l.Climate.radius526M()
	if err != nil {
		return Result{}, err
	}
	last := len(p.DistanceM) - 1
	t := terminals{p.LengthM(), p.TerrainM[0] + l.TxHeightM, p.TerrainM[last] + l.RxHeightM}
	steepest := negInf
	for i := 1; i < last; i++ {
		x := p.DistanceM[i]
		steepest = max(steepest, (p.TerrainM[i]-x*x/(2*radiusM)-t.txM)/x)
	}
	sight := steepest < t.directSlope(radiusM)
	v, ok := m.losses(l.FrequencyMHz/1000, t, l.TxHeightM, l.RxHeightM, sight)
	if !ok {
		return Result{}, fmt.Errorf("%w: antennas %g m and %g m above ground have no loss in %s (effective environment height %g m)",
			ErrLink, l.TxHeightM, l.RxHeightM, m.Validity().Source, v.environmentM)
	}
	res := Result{LossDB: v.lossDB, Warnings: rangeWarnings(m, l, t.lengthM)}
	if m.Scenario == RMa && !sight && t.lengthM > 5000 && t.lengthM <= 10000 {
		res.Warnings = append(res.Warnings, Warning{m.Name() + "-distance",
			fmt.Sprintf("distance %.6g km is outside the 0.01 to 5 km of %s without line of sight", t.lengthM/1000, m.Validity().Source)})
	}
	if l.Explain {
		los := 0.0
		if sight {
			los = 1
		}
		res.Intermediates = []Quantity{
			{"d2D", t.lengthM, "m", "figure 7.4.1-1"},
			{"d3D", v.d3DM, "m", "figure 7.4.1-1"},
			{"LOS", los, "", "terrain"},
			{"hE", v.environmentM, "m", "table 7.4.1-1, note 1"},
			{"dBP", v.breakpointM, "m", "table 7.4.1-1, notes 1 and 5"},
			{"PLLOS", v.sightDB, "dB", "table 7.4.1-1"},
		}
		if !sight {
			res.Intermediates = append(res.Intermediates, Quantity{"PL'NLOS", v.obstructedDB, "dB", "table 7.4.1-1"})
		}
		res.Intermediates = append(res.Intermediates, Quantity{"PL", v.lossDB, "dB", "table 7.4.1-1"})
	}
	return res, nil
}

// losses38901 are the losses of one link, named as in the table.
type losses38901 struct {
	d3DM         float64
	environmentM float64 // h_E, UMa
	breakpointM  float64 // d_BP or d'_BP
	sightDB      float64 // PL_LOS
	obstructedDB float64 // PL'_NLOS
	lossDB       float64
}

const (
	speed38901 = 3e8  // m/s, table 7.4.1-1, notes 1 and 5
	groundM    = 1e-3 // an antenna lower than that lies on the ground
)

func breakpointRMaM(fcGHz, baseM, mobileM float64) float64 {
	return 2 * math.Pi * baseM * mobileM * fcGHz * 1e9 / speed38901 // note 5
}

// losses gives the losses of a link; ok is false where the table has none.
func (m TR38901) losses(fcGHz float64, t terminals, baseM, mobileM float64, sight bool) (v losses38901, ok bool) {
	v.d3DM = math.Sqrt(slantM2(t.lengthM, t.txM, t.rxM))
	f, d := 20*math.Log10(fcGHz), math.Log10(v.d3DM)
	if m.Scenario == UMa {
		v.environmentM = environmentM(t.lengthM, mobileM)
		baseEffM, mobileEffM := baseM-v.environmentM, mobileM-v.environmentM
		if !(baseEffM > 0 && mobileEffM > 0 && mobileM <= 23) {
			return v, false
		}
		v.breakpointM = 4 * baseEffM * mobileEffM * fcGHz * 1e9 / speed38901 // note 1
		if t.lengthM <= v.breakpointM {
			v.sightDB = 28 + 22*d + f // PL1
		} else {
			drop := baseM - mobileM
			v.sightDB = 28 + 40*d + f - 9*math.Log10(v.breakpointM*v.breakpointM+drop*drop) // PL2
		}
		v.obstructedDB = 13.54 + 39.08*d + f - 0.6*(mobileM-1.5) // PL'_UMa-NLOS
	} else {
		if !(baseM >= groundM && mobileM >= groundM) {
			return v, false
		}
		v.breakpointM = breakpointRMaM(fcGHz, baseM, mobileM)
		if t.lengthM <= v.breakpointM {
			v.sightDB = ruralSightDB(fcGHz, v.d3DM) // PL1
		} else {
			v.sightDB = ruralSightDB(fcGHz, v.breakpointM) + 40*(d-math.Log10(v.breakpointM)) // PL2
		}
		base, mobile := math.Log10(baseM), math.Log10(11.75*mobileM)
		v.obstructedDB = 161.04 - 7.1*math.Log10(ruralStreetM) + 7.5*math.Log10(ruralBuildingM) -
			(24.37-3.7*(ruralBuildingM/baseM)*(ruralBuildingM/baseM))*base +
			(43.42-3.1*base)*(d-3) + f - (3.2*mobile*mobile - 4.97) // PL'_RMa-NLOS
	}
	v.lossDB = v.sightDB
	if !sight {
		v.lossDB = max(v.sightDB, v.obstructedDB) // PL_NLOS
	}
	return v, true
}

// The surroundings of RMa, its defaults.
const (
	ruralStreetM   = 20.0 // W, average street width
	ruralBuildingM = 5.0  // h, average building height
)

var ruralPower = math.Pow(ruralBuildingM, 1.72) // h^1.72

// ruralSightDB is PL1 of RMa.
func ruralSightDB(fcGHz, d3DM float64) float64 {
	return 20*math.Log10(40*math.Pi*d3DM*fcGHz/3) + min(0.03*ruralPower, 10)*math.Log10(d3DM) -
		min(0.044*ruralPower, 14.77) + 0.002*math.Log10(ruralBuildingM)*d3DM
}

// environmentM is the effective environment height h_E of UMa, note 1. The table
// draws it: 1 m with probability 1/(1+C), else one of 12, 15, … up to the mobile's
// height less 1.5 m with equal chances. This is the median of that draw.
func environmentM(d2DM, mobileM float64) float64 {
	if mobileM < 13 || d2DM <= 18 {
		return 1 // C = 0
	}
	choices := math.Floor((mobileM-1.5-12)/3) + 1
	if !(choices >= 1) {
		return 1
	}
	x := d2DM / 100
	g := 1.25 * x * x * x * math.Exp(-d2DM/150)
	c := math.Pow((mobileM-13)/10, 1.5) * g
	low := 1 / (1 + c)
	if low >= 0.5 {
		return 1
	}
	return 12 + 3*(math.Ceil((0.5-low)/(1-low)*choices)-1)
}

// NewRay prepares a ray of median losses.
func (m TR38901) NewRay(tx Tx, frequenciesMHz []float64) Ray {
	r := &ray38901{model: m, txHeightM: tx.HeightM, frequenciesMHz: append([]float64(nil), frequenciesMHz...)}
	radiusM, err := tx.Link.Climate.radius526M()
	r.radiusM, r.refused = radiusM, err != nil
	r.Reset(0)
	return r
}

// ray38901 carries the steepest slope from the transmitter to the terrain passed.
type ray38901 struct {
	model          TR38901
	txHeightM      float64
	frequenciesMHz []float64
	radiusM        float64
	refused        bool // no effective Earth radius
	started        bool
	missing        bool
	txM            float64 // antenna above sea level
	steepest       float64 // to the samples before the last, in the folded plane
	distanceM      float64 // of the last sample
	terrainM       float64
}

func (r *ray38901) Reset(float64) {
	r.started, r.missing, r.steepest, r.distanceM = false, r.refused, negInf, 0
}

func (r *ray38901) Step(distanceM, terrainM, _ float64) {
	if math.IsNaN(terrainM) {
		r.missing = true
	}
	switch {
	case !r.started:
		r.started, r.txM = true, terrainM+r.txHeightM
	case r.distanceM > 0:
		x := r.distanceM
		r.steepest = max(r.steepest, (r.terrainM-x*x/(2*r.radiusM)-r.txM)/x)
	}
	r.distanceM, r.terrainM = distanceM, terrainM
}

func (r *ray38901) Loss(rxHeightsM, dst []float64) {
	known := r.distanceM > 0 && !r.missing
	for h, rxM := range rxHeightsM {
		t := terminals{r.distanceM, r.txM, r.terrainM + rxM}
		sight := known && r.steepest < t.directSlope(r.radiusM)
		for f, mhz := range r.frequenciesMHz {
			loss := math.NaN()
			if known {
				if v, ok := r.model.losses(mhz/1000, t, r.txHeightM, rxM, sight); ok {
					loss = v.lossDB
				}
			}
			dst[f*len(rxHeightsM)+h] = loss
		}
	}
}
