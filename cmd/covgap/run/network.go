package run

import (
	"reflect"
	"slices"
	"strings"

	"github.com/covgap/covgap/cmd/covgap/output"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/crs"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb"
)

// Coordinates gives the system of the columns e_vn2000 and n_vn2000, in which Vietnamese
// surveyors stake out: outputs.crs of the project, else the zone in which the inputs came,
// else that of the province whose middle is nearest to that of the areas. ok is false
// outside Vietnam.
func (r *Run) Coordinates() (s crs.System, ok bool) {
	if code := r.Project.Outputs.CRS; code != "" {
		s, err := crs.Lookup(code)
		return s, err == nil
	}
	for _, report := range r.Inputs.Reports {
		if report.CRS == "" {
			continue // of every row a look-up that fails, and seeks what was meant
		}
		if s, err := crs.Lookup(report.CRS); err == nil && s.IsVietnamZone() {
			return s, true
		}
	}
	return crs.VietnamZone(r.Inputs.Bound.Center())
}

// position gives longitude, latitude, e_vn2000 and n_vn2000 of a point; the last two
// are nil outside Vietnam.
func (r *Run) position(p orb.Point) []any {
	out := []any{p.Lon(), p.Lat(), nil, nil}
	if s, ok := r.Coordinates(); ok {
		if e, n, err := s.FromWGS84(p); err == nil {
			out[2], out[3] = e, n
		}
	}
	return out
}

// siteRecords gives output.Sites.
func (r *Run) siteRecords(write output.Write) error {
	computed := map[string]int{}
	for i := range r.Coverage.Sites {
		computed[r.Coverage.Sites[i].ID] = len(r.Coverage.Sites[i].Sectors)
	}
	for i := range r.Inputs.Sites {
		s := &r.Inputs.Sites[i]
		var operators []string
		for k := range s.Sectors {
			if o := s.Sectors[k].Operator; !slices.Contains(operators, o) {
				operators = append(operators, o)
			}
		}
		slices.Sort(operators)
		if err := write(s.Position, slices.Concat([]any{s.ID, text(s.Name), text(strings.Join(s.OtherIDs, " "))}, r.position(s.Position), []any{s.PositionEstimated}, []any{
			r.Inputs.Terrain.At(s.Position), text(s.Owner), text(s.StructureType), stated(s.StructureHeightM), text(s.PowerSource), text(s.Backhaul),
			strings.Join(operators, ", "), strings.Join(Technologies(s), " "), len(s.Sectors), computed[s.ID],
		})...); err != nil {
			return err
		}
	}
	return nil
}

// sectorRecords gives output.Sectors.
func (r *Run) sectorRecords(write output.Write) error {
	computed := map[string]bool{}
	for i := range r.Coverage.Sites {
		for k := range r.Coverage.Sites[i].Sectors {
			computed[r.Coverage.Sites[i].Sectors[k].ID] = true
		}
	}
	for i := range r.Inputs.Sites {
		at := r.Inputs.Sites[i].Position
		for k := range r.Inputs.Sites[i].Sectors {
			s := &r.Inputs.Sites[i].Sectors[k]
			if err := write(wedge(at, s), slices.Concat([]any{s.ID, r.Inputs.Sites[i].ID}, r.position(at), []any{r.Inputs.Sites[i].PositionEstimated}, radio(s), []any{
				string(s.Status), text(s.OnAirDate), text(s.OffAirDate), text(strings.Join(s.Assumed, " ")), computed[s.ID],
			})...); err != nil {
				return err
			}
		}
	}
	return nil
}

// radio gives operator to antenna_file.
func radio(s *data.Sector) []any {
	kind, azimuth := "sector", any(s.AzimuthDeg)
	if s.Omni {
		kind, azimuth = "omni", nil
	}
	return []any{
		s.Operator, string(s.Technology), text(s.Carrier), s.FrequencyMHz, s.BandwidthMHz, s.AntennaHeightM, kind, azimuth,
		s.MechanicalTiltDeg, s.ElectricalTiltDeg, s.BeamwidthHDeg, s.BeamwidthVDeg, s.GainDBi, s.Ports, s.PowerDBm, s.LossesDB, s.EIRPDBm, text(s.AntennaFile),
	}
}

// planSectorRecords gives output.PlanSectors: the sectors that each action puts up or
// changes.
func (r *Run) planSectorRecords(write output.Write) error {
	network := r.Inputs.Sites
	for i := range r.Plan.Actions {
		a := &r.Plan.Actions[i]
		after, err := planner.Apply(network, r.Plan.Actions[i:i+1], r.Plan.Templates)
		if err != nil {
			return err
		}
		before := map[string]*data.Site{}
		for k := range network {
			before[network[k].ID] = &network[k]
		}
		for k := range after {
			site := &after[k]
			for _, s := range changed(before[site.ID], site) {
				if err := write(wedge(site.Position, s), slices.Concat(
					[]any{a.Rank, string(a.Kind), s.ID, site.ID}, r.position(site.Position), radio(s), []any{string(data.StatusPlanned)})...); err != nil {
					return err
				}
			}
		}
		network = after
	}
	return nil
}

// changed gives the sectors of a site that are new or other than before, which is nil
// for a new site.
func changed(before, after *data.Site) []*data.Sector {
	if before != nil && len(before.Sectors) == len(after.Sectors) && &before.Sectors[0] == &after.Sectors[0] {
		return nil // an action copies the sectors that it changes
	}
	old := map[string]*data.Sector{}
	if before != nil {
		for i := range before.Sectors {
			old[before.Sectors[i].ID] = &before.Sectors[i]
		}
	}
	var out []*data.Sector
	for i := range after.Sectors {
		s := &after.Sectors[i]
		if was := old[s.ID]; was == nil || !reflect.DeepEqual(was, s) {
			out = append(out, s)
		}
	}
	return out
}

// wedgeM is how long the wedges of a technology's sectors are: of several on one mast
// each can be seen.
var wedgeM = map[data.Technology]float64{data.GSM: 350, data.UMTS: 300, data.LTE: 250, data.NR: 200}

// wedgeStepDeg is the angle between the points of a wedge's arc, at most.
const wedgeStepDeg = 10

// wedge is the shape that stands for a sector on a map: as wide as its beam, a circle
// for an omnidirectional one.
func wedge(at orb.Point, s *data.Sector) orb.Polygon {
	long := wedgeM[s.Technology]
	width := s.BeamwidthHDeg
	if s.Omni || width >= 360 {
		return circle(at, long)
	}
	return Wedge(at, s.AzimuthDeg, width, long, int(width/wedgeStepDeg)+1)
}

// Wedge is the sector of a circle about an azimuth in degrees, its arc of that many
// sides, the ring counter-clockwise.
func Wedge(at orb.Point, azimuthDeg, widthDeg, radiusM float64, sides int) orb.Polygon {
	ring := orb.Ring{at}
	for i := range sides + 1 { // from the clockwise edge back
		ring = append(ring, geodesy.Destination(at, azimuthDeg+widthDeg/2-widthDeg*float64(i)/float64(sides), radiusM))
	}
	return orb.Polygon{append(ring, at)}
}
