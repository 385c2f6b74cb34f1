package planner

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/covgap/covgap/coverage/criterion"
	"github.com/covgap/covgap/coverage/linkbudget"
	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geodesy"
	"github.com/covgap/covgap/planner/candidate"
	"github.com/covgap/covgap/planner/repeater"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// maxDonors is how many sectors of a carrier are tried as donor at a place: those that
// would be strongest in free space.
const maxDonors = 4

// donor is a sector that a repeater repeats.
type donor struct {
	site      *data.Site
	sector    *data.Sector
	carrier   repeater.Carrier
	template  *template.Site // whose antenna repeats it
	budget    *linkbudget.Budget
	cartesian geodesy.Cartesian
}

// donors are the sectors that repeaters may repeat, those of a carrier consecutive.
type donors struct {
	in     *Input
	params sweep.Params // with the receiver at the height of a repeater's antennas
	list   []donor
	shared map[repeated]*template.Site
}

// repeated is what the antennas of repeaters are alike in.
type repeated struct {
	template *template.Site
	carrier  repeater.Carrier
	eirpDBm  float64
}

// newDonors lists the sectors of the network whose repetition could serve somebody: of a
// technology that counts, for an operator that counts, with a template for its antenna. A
// criterion that counts each operator is met by no repeater, which has one.
func newDonors(in *Input) (*donors, error) {
	if err := in.Supply.Repeater.Validate(); err != nil {
		return nil, err
	}
	d := &donors{in: in, params: in.Params, shared: map[repeated]*template.Site{}}
	d.params.RxHeightM = in.Supply.Repeater.StructureM
	if in.Criterion.Operators == criterion.Each {
		return d, nil
	}
	for i := range in.Sites {
		site := &in.Sites[i]
		for k := range site.Sectors {
			x := &site.Sectors[k]
			if in.Criterion.Operators == criterion.Named && x.Operator != in.Criterion.Operator || math.IsInf(in.Criterion.RequiredDBm(x.Technology, x.FrequencyMHz), 1) {
				continue
			}
			t := slices.IndexFunc(in.Templates, func(t template.Site) bool {
				return t.Technology == x.Technology && (t.Operator == "" || t.Operator == x.Operator)
			})
			if t < 0 {
				continue
			}
			n, err := newDonor(site, x, in)
			if err != nil {
				return nil, err
			}
			n.template = &in.Templates[t]
			d.list = append(d.list, n)
		}
	}
	slices.SortStableFunc(d.list, func(a, b donor) int { return compareCarriers(&a.carrier, &b.carrier) })
	return d, nil
}

func newDonor(site *data.Site, x *data.Sector, in *Input) (donor, error) {
	pattern, err := linkbudget.Pattern(x, in.Antennas)
	if err != nil {
		return donor{}, fmt.Errorf("%w: sector %s: %w", ErrInput, x.ID, err)
	}
	budget, err := linkbudget.New(x, pattern, linkbudget.Receiver{}) // isotropic
	if err != nil {
		return donor{}, fmt.Errorf("%w: sector %s: %w", ErrInput, x.ID, err)
	}
	return donor{
		site: site, sector: x, budget: budget, cartesian: geodesy.ToCartesian(site.Position),
		carrier: repeater.Carrier{Operator: x.Operator, Technology: x.Technology, FrequencyMHz: x.FrequencyMHz, BandwidthMHz: x.BandwidthMHz},
	}, nil
}

// compareCarriers orders carriers by what a reverse sweep sees of them first.
func compareCarriers(a, b *repeater.Carrier) int {
	return cmp.Or(cmp.Compare(a.Technology, b.Technology), cmp.Compare(a.FrequencyMHz, b.FrequencyMHz))
}

// heard is a donor at a place.
type heard struct {
	donor  *donor
	result repeater.Result
	// levelDBm is what arrives between isotropic antennas; NaN where there is no path.
	levelDBm float64
}

// hear judges a donor at a place by the exact path.
func (d *donors) hear(p *sweep.Pather, n *donor, at orb.Point) (heard, error) {
	h := heard{donor: n, levelDBm: math.NaN()}
	path, err := p.Path(sweep.Of(n.site, n.sector), at)
	if err == nil { // else missing terrain, or outside the model
		h.levelDBm = n.budget.SignalDBm(path.LossDB, path.AzimuthDeg, path.ElevationDeg)
	}
	h.result, err = d.in.Supply.Repeater.Judge(n.carrier, h.levelDBm, n.carrier)
	return h, err
}

// at gives for each carrier the donor whose repetition is strongest at a place, or when
// there is none why, for the strongest of all.
func (d *donors) at(p *sweep.Pather, place orb.Point) (best []heard, refused string, err error) {
	type promise struct {
		donor *donor
		dBm   float64
	}
	local := geodesy.NewLocal(place)
	radius2 := d.params.RadiusM * d.params.RadiusM
	refused = fmt.Sprintf("no sector within %g km that a repeater could repeat", d.params.RadiusM/1000)
	strongest := math.Inf(-1)
	var near []promise
	for from := 0; from < len(d.list); {
		to := from + 1
		for to < len(d.list) && compareCarriers(&d.list[from].carrier, &d.list[to].carrier) == 0 {
			to++
		}
		near = near[:0]
		for i := from; i < to; i++ {
			n := &d.list[i]
			m2 := local.Chord2M2(&n.cartesian)
			if m2 > radius2 {
				continue
			}
			loss := propagation.FreeSpaceDB(n.carrier.FrequencyMHz, max(1, math.Sqrt(m2)))
			_, azimuthDeg := geodesy.Inverse(n.site.Position, place)
			near = append(near, promise{n, n.budget.SignalDBm(loss, azimuthDeg, 0)})
		}
		slices.SortStableFunc(near, func(a, b promise) int { return cmp.Compare(b.dBm, a.dBm) })
		var top *heard
		for _, c := range near[:min(maxDonors, len(near))] {
			h, err := d.hear(p, c.donor, place)
			if err != nil {
				return nil, "", err
			}
			if h.levelDBm > strongest {
				strongest, refused = h.levelDBm, fmt.Sprintf("%s: %s", h.donor.sector.ID, h.result.Refused)
			}
			if h.result.Refused == "" && (top == nil || h.result.EIRPDBm > top.result.EIRPDBm) {
				top = &h
			}
		}
		if top != nil {
			best = append(best, *top)
		}
		from = to
	}
	return best, refused, nil
}

// variant gives what is put up at a place to repeat a donor: one antenna of the donor's
// template. What it radiates is rounded down to a whole dB, so that places share it.
func (d *donors) variant(h *heard) variant {
	n := h.donor
	key := repeated{n.template, n.carrier, math.Floor(h.result.EIRPDBm)}
	t, ok := d.shared[key]
	if !ok {
		own := *n.template
		own.StructureHeightM, own.AntennaHeightM = d.params.RxHeightM, d.params.RxHeightM
		own.Operator, own.Technology = n.carrier.Operator, n.carrier.Technology
		own.FrequencyMHz, own.BandwidthMHz = n.carrier.FrequencyMHz, n.carrier.BandwidthMHz
		own.PowerDBm += key.eirpDBm - own.EIRPDBm()
		own.Sectors = 1
		if len(own.AzimuthsDeg) > 1 {
			own.AzimuthsDeg = nil
		}
		t = &own
		d.shared[key] = t
	}
	return variant{kind: Repeater, template: t, operator: n.carrier.Operator, donor: n, eirpDBm: key.eirpDBm}
}

// addRepeaters offers repeaters at the places for new masts, and leaves out those at which
// then nothing is offered, which it gives.
func (s *scheme) addRepeaters(ctx context.Context) (donorless []orb.Point, err error) {
	in := s.in
	d, err := newDonors(in)
	if err != nil {
		return nil, err
	}
	type answer struct {
		heard   []heard
		refused string
	}
	answers := make([]answer, len(s.places))
	var next atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	for range min(in.Workers, len(answers)) {
		g.Go(func() error {
			p, err := sweep.NewPather(d.params)
			if err != nil {
				return err
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(answers) {
					return nil
				}
				if err := gctx.Err(); err != nil {
					return err
				}
				if answers[i].heard, answers[i].refused, err = d.at(p, s.places[i].At); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	places, variants := s.places[:0], s.variants[:0]
	for i, a := range answers {
		p, list := s.places[i], s.variants[i]
		if len(a.heard) == 0 {
			s.refuse(i, noDonor, a.refused)
		} else { // what is shared with other places stays as it is
			p.Options, list = slices.Clone(p.Options), slices.Clone(list)
		}
		for k := range a.heard {
			v := d.variant(&a.heard[k])
			list = append(list, v)
			p.Options = append(p.Options, candidate.Option{Template: v.template})
		}
		if len(list) > 0 {
			places, variants = append(places, p), append(variants, list)
		} else {
			donorless = append(donorless, p.At)
		}
	}
	s.places, s.variants = places, variants
	return donorless, nil
}

// donorOf finds the donor of a repeater that stays, and says why it can no longer be one.
func (s *scheme) donorOf(a *Action) (n *donor, refused string, err error) {
	d := &donors{in: s.in, params: s.in.Params}
	d.params.RxHeightM = a.StructureHeightM
	if a.StructureHeightM == 0 {
		d.params.RxHeightM = s.in.Supply.Repeater.StructureM
	}
	for i := range s.in.Sites {
		site := &s.in.Sites[i]
		for k := range site.Sectors {
			if x := &site.Sectors[k]; x.ID == a.SectorID && (site.ID == a.ParentSite || slices.Contains(site.OtherIDs, a.ParentSite)) {
				found, err := newDonor(site, x, s.in)
				if err != nil {
					return nil, "", err
				}
				n = &found
			}
		}
	}
	if n == nil {
		return nil, fmt.Sprintf("%s of %s is no sector that stands today", a.SectorID, a.ParentSite), nil
	}
	p, err := sweep.NewPather(d.params)
	if err != nil {
		return nil, "", err
	}
	h, err := d.hear(p, n, a.Position())
	switch {
	case err != nil:
		return nil, "", err
	case h.result.Refused != "":
		return nil, h.result.Refused, nil
	case a.EIRPDBm > h.result.EIRPDBm+eirpSlackDB:
		return nil, fmt.Sprintf("eirp_dbm is %g, it can radiate %.1f there", a.EIRPDBm, h.result.EIRPDBm), nil
	}
	return n, "", nil
}

// eirpSlackDB is what a stated output may be above the possible one: half a unit of the
// decimal that it is stated with.
const eirpSlackDB = 0.05
