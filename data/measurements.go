package data

import (
	"context"
	"strconv"

	"github.com/covgap/covgap/geo"
)

// ReadMeasurements reads drive tests from one or more files, in file order. A row
// without level is one whose sector was not received.
//
// Errors are those of [ReadSites].
func ReadMeasurements(ctx context.Context, paths []string, opt Options) ([]Measurement, *Report, error) {
	rd, err := newReader(Measurements, opt)
	if err != nil {
		return nil, nil, err
	}
	m := &measurementReader{reader: rd}
	if err := rd.each(ctx, paths, "id", []string{"longitude", "latitude", "level_dbm"}, m.take); err != nil {
		return nil, rd.report, err
	}
	rd.arrange(&rd.schema)
	rd.report.Records = len(m.measurements)
	return m.measurements, rd.report, nil
}

type measurementReader struct {
	*reader
	measurements []Measurement
}

func (m *measurementReader) take(r *row) {
	out := Measurement{
		ID: r.id, Position: r.position(), ServingID: r.text("serving_id", ""), Operator: r.text("operator", ""),
		Route: r.text("route", ""), Technology: m.technology(r), Date: m.day(r), Pos: r.f.Pos,
	}
	level, ok := r.number("level_dbm", "")
	out.LevelDBm, out.Missing = level, !ok
	out.FrequencyMHz = m.frequency(r, out.Technology)
	if r.err == nil {
		m.measurements = append(m.measurements, out)
	}
}

func (m *measurementReader) technology(r *row) Technology {
	fd, ok := r.field("technology", "")
	if !ok {
		if r.text("serving_id", "") == "" {
			r.assume("technology", string(defaultTechnology), "4G carries most rural service in Vietnam")
		}
		return ""
	}
	radios, err := ParseTechnologies(fd.Value)
	if err != nil || len(radios) != 1 {
		r.fail("technology", fd, &geo.InputError{
			Found: strconv.Quote(fd.Value), Expected: "GSM, UMTS, LTE or NR", Hint: "other words can be translated in the mapping, under values", Err: err,
		})
		return ""
	}
	return radios[0].Technology
}

// frequency comes from the column, else the channel number.
func (m *measurementReader) frequency(r *row, t Technology) float64 {
	if v, ok := r.number("frequency_mhz", ""); ok {
		return v
	}
	n, ok := r.number("earfcn", "")
	if !ok {
		return 0
	}
	if t == "" {
		t = defaultTechnology
	}
	f, known := ChannelFrequencyMHz(t, int(n))
	if !known {
		fd, _ := r.field("earfcn", "")
		r.fail("earfcn", fd, &geo.InputError{Found: fd.Value, Expected: "a downlink channel of " + string(t), Hint: "give technology, or frequency_mhz instead"})
	}
	return f
}

// day reads the day of a time. What is no time is left out with a warning: levels
// are worth having without.
func (m *measurementReader) day(r *row) string {
	fd, ok := r.field("time", "")
	if !ok {
		return ""
	}
	d, err := parseDay(fd.Value)
	if err != nil {
		m.warn(r.f.Pos, "time is not read: "+err.Error())
	}
	return d
}
