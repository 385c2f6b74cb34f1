// Package pathloss computes the losses of given path profiles in bulk, for the
// tables that covgap pathloss reads: profiles.csv holds terrain, cases.csv names a
// profile and a link on each row.
//
// Profiles stay in memory, cases stream: their number does not matter.
package pathloss

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/geo/csvtable"
	"golang.org/x/sync/errgroup"
)

// Cases is the header of cases.csv and the rows to come.
type Cases struct {
	Columns []string // of the file

	model propagation.Model
	file  string
	table *csvtable.Table
	id    int // column of the id
	found []bound
}

// OpenCases reads the header of cases for a model and finds its columns: exactly by
// name, else without regard to case. The error is an [*geo.InputError].
func OpenCases(ctx context.Context, r io.Reader, file string, m propagation.Model) (*Cases, error) {
	t, err := csvtable.Read(ctx, r, file)
	if err != nil {
		return nil, err
	}
	id, found, err := bind(m, t, file)
	if err != nil {
		return nil, err
	}
	return &Cases{Columns: t.Columns, model: m, file: file, table: t, id: id, found: found}, nil
}

// Case is a row of cases.csv with its result.
type Case struct {
	Row          int // counted from 1 without the header
	ID           string
	Values       []string // as in the file, in the order of [Cases.Columns]
	FrequencyMHz float64
	Result       propagation.Result // when Err is nil
	Err          error              // why the case has no loss
}

// Options of [Run].
type Options struct {
	Workers int // 1 or more; results do not depend on it
	Explain bool
	Only    string // id of the cases to compute; "" for all
}

// chunkCases is how many cases a worker takes at a time: some milliseconds of work.
const chunkCases = 128

// chunk is cases on their way through the workers.
type chunk struct {
	rows  []geo.Feature
	cases []Case
	done  chan struct{}
}

// Run computes every case and hands them to each in the order of the file, one after
// the other. A case that has no loss has an Err; the error of Run is that of a file
// that cannot be read on, of each, or of ctx.
func Run(ctx context.Context, cases *Cases, profiles *Profiles, o Options, each func(*Case) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var broken error // of the file: what came before is still computed and written
	work := make(chan *chunk)
	ordered := make(chan *chunk, 2*o.Workers)
	group.Go(func() error {
		defer close(work)
		defer close(ordered)
		return cases.read(o.Only, &broken, func(c *chunk) error {
			// Into the order first: the writer waits for it there.
			for _, to := range []chan<- *chunk{ordered, work} {
				select {
				case to <- c:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range o.Workers {
		group.Go(func() error {
			w := worker{cases: cases, profiles: profiles, explain: o.Explain}
			for c := range work {
				for i := range c.rows {
					w.compute(&c.cases[i], &c.rows[i])
				}
				close(c.done)
			}
			return nil
		})
	}
	group.Go(func() error {
		for c := range ordered {
			select {
			case <-c.done:
			case <-ctx.Done():
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			for i := range c.cases {
				if err := each(&c.cases[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return broken
}

// read cuts the file into chunks. Its own error is that of sending; broken is what
// is wrong with the file.
func (cs *Cases) read(only string, broken *error, send func(*chunk) error) error {
	c := &chunk{done: make(chan struct{})}
	flush := func() error {
		if len(c.rows) == 0 {
			return nil
		}
		c.cases = make([]Case, len(c.rows))
		full := c
		c = &chunk{done: make(chan struct{})}
		return send(full)
	}
	for row, err := range cs.table.Rows {
		if err != nil {
			*broken = err
			break
		}
		if only != "" && strings.TrimSpace(row.Fields[cs.id].Value) != only {
			continue
		}
		if c.rows = append(c.rows, row); len(c.rows) == chunkCases {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// worker computes cases one after the other.
type worker struct {
	cases    *Cases
	profiles *Profiles
	explain  bool
	clutterM []float64 // of the case at hand
}

func (w *worker) compute(c *Case, row *geo.Feature) {
	cs := w.cases
	c.Row = row.Pos.Feature
	c.ID = strings.TrimSpace(row.Fields[cs.id].Value)
	c.Values = make([]string, len(row.Fields))
	for i := range row.Fields {
		c.Values[i] = row.Fields[i].Value
	}
	profile, ok := w.profiles.Lookup(c.ID)
	if !ok {
		c.Err = w.unknown(c.ID, &row.Fields[cs.id])
		return
	}
	l := link{clutterM: math.NaN()}
	l.Explain = w.explain
	for i := range cs.found {
		if err := cs.fill(&l, &cs.found[i], &row.Fields[cs.found[i].index]); err != nil {
			c.Err = err
			return
		}
	}
	c.FrequencyMHz = l.FrequencyMHz
	p := propagation.Profile{DistanceM: profile.DistanceM, TerrainM: profile.TerrainM}
	if math.IsNaN(l.clutterM) {
		l.clutterM = profile.ClutterM
	}
	if l.clutterM != 0 {
		w.clutterM = w.clutterM[:0]
		for range p.DistanceM {
			w.clutterM = append(w.clutterM, l.clutterM)
		}
		p.ClutterM = w.clutterM
	}
	c.Result, c.Err = cs.model.Loss(&p, l.Link)
}

// fill reads one value of a row into the link.
func (cs *Cases) fill(l *link, b *bound, f *geo.Field) error {
	text := strings.TrimSpace(f.Value)
	if text == "" && b.need.Optional {
		return nil
	}
	if cs.table.CommaFree {
		text = strings.Replace(text, ",", ".", 1) // a decimal comma
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return cs.fault(f, quoted(f.Value), b.need.Meaning, "", ErrValue)
	}
	if err := b.set(l, v); err != nil {
		return cs.fault(f, f.Value, err.Error(), "", ErrValue)
	}
	return nil
}

// unknown is the error for a case without a profile.
func (w *worker) unknown(id string, f *geo.Field) error {
	hint := ""
	if near := w.profiles.nearest(id); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return w.cases.fault(f, quoted(id), fmt.Sprintf("the id of one of the %d profiles of %s", w.profiles.Len(), w.profiles.file), hint, ErrUnknown)
}

func (cs *Cases) fault(f *geo.Field, found, expected, hint string, cause error) error {
	return &geo.InputError{
		Pos: geo.Position{File: cs.file, Line: f.Line, Column: f.Column}, Field: f.Name,
		Found: found, Expected: expected, Hint: hint, Err: cause,
	}
}
