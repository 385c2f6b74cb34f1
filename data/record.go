// Package data holds what a user brings: the records site, sector, village, area
// and measurement, their schemas, their validation, the defaults they are completed with
// and where each value came from.
package data

import (
	"github.com/covgap/covgap/geo"
	"github.com/paulmach/orb"
)

// Technology of a sector.
type Technology string

// The technologies.
const (
	GSM  Technology = "GSM"
	UMTS Technology = "UMTS"
	LTE  Technology = "LTE"
	NR   Technology = "NR"
)

// Site is a mast or rooftop at one position. Rows of the input within the join
// distance are one Site.
type Site struct {
	ID       string
	Name     string
	Position orb.Point
	// PositionEstimated says that Position, which is that of the first row, was estimated
	// from measurements.
	PositionEstimated bool
	Owner             string
	StructureType     string
	StructureHeightM  float64 // 0 when not given
	PowerSource       string
	Backhaul          string
	OtherIDs          []string // site_ids of joined rows that differ from ID, in file order
	Rows              int      // input rows joined into this site
	Sectors           []Sector
	Pos               geo.Position // the first row
}

// Sector is one radio cell on a site, complete: what the input left out stands at
// its default and is marked in Assumed.
type Sector struct {
	ID                string
	SiteID            string
	Operator          string // "unspecified" when the input names none
	Technology        Technology
	Carrier           string // "" when the input names none
	FrequencyMHz      float64
	BandwidthMHz      float64
	AntennaHeightM    float64 // above ground
	AzimuthDeg        float64 // clockwise from true north; meaningless when Omni
	Omni              bool    // the same in every direction; with the gain of a sector antenna under [Envelope]
	MechanicalTiltDeg float64 // positive down
	ElectricalTiltDeg float64 // positive down
	BeamwidthHDeg     float64
	BeamwidthVDeg     float64
	GainDBi           float64
	Ports             int     // antenna ports
	PowerDBm          float64 // conducted, per antenna port
	LossesDB          float64 // feeder and connectors
	EIRPDBm           float64 // total-carrier EIRP of one port: power + gain - losses, or as given
	AntennaFile       string
	Status            Status
	OnAirDate         string // ISO 8601, "" when not given
	OffAirDate        string
	Assumed           []string     // schema names of the columns that stand at a default, in schema order; shared, do not change
	Pos               geo.Position // the row
}

// OnAir says whether the sector transmits on a date (ISO 8601, to the day); "" asks
// for its status alone.
//
// A date known to the month or year is the first day of it. A sector without dates
// is on air on every date when its status says so. One whose status is off_air was
// on air until its off_air_date, one that is planned is from its on_air_date; where
// that date is not given they are on air on none.
func (s *Sector) OnAir(date string) bool {
	if date == "" {
		return s.Status == StatusOnAir
	}
	switch {
	case s.Status == StatusOffAir && s.OffAirDate == "", s.Status == StatusPlanned && s.OnAirDate == "":
		return false
	}
	return (s.OnAirDate == "" || s.OnAirDate <= date) && (s.OffAirDate == "" || date < s.OffAirDate)
}

// Status of a sector.
type Status string

// The statuses.
const (
	StatusOnAir   Status = "on_air"
	StatusPlanned Status = "planned"
	StatusOffAir  Status = "off_air"
)

// Presence is a yes, a no, or not known.
type Presence uint8

// The values of Presence.
const (
	Unknown Presence = iota
	No
	Yes
)

// Class of a hex or village, declared or computed.
type Class string

// The classes. The empty Class is none stated.
const (
	Served     Class = "served"
	Weak       Class = "weak"
	None       Class = "none"
	NotCounted Class = "not_counted"
)

// Village is a settlement: a polygon, or a point with a radius.
type Village struct {
	ID            string
	Name          string
	CommuneCode   string
	Commune       string
	Geometry      orb.Geometry // orb.Polygon or orb.MultiPolygon; orb.Point when RadiusM > 0
	RadiusM       float64
	Population    float64 // 0 when not given
	Households    float64 // 0 when not given
	Estimated     bool    // population computed from households, commune or the other villages, see [Report.Assumptions]
	GridPower     Presence
	GridPowerYear int // 0 when not given
	FundEligible  Presence
	Priority      float64
	Center        *orb.Point // centre_lon, centre_lat
	Declared      Class
	DeclaredDate  string
	Pos           geo.Position
}

// Measurement is one level of one sector measured at one place.
type Measurement struct {
	ID         string
	Position   orb.Point
	LevelDBm   float64 // of the technology's own quantity; meaningless when Missing
	Missing    bool    // looked for and not received: the level is below the receiver's floor
	ServingID  string  // of the sector or its site, "" when not given
	Operator   string  // "" when not given
	Technology Technology
	// FrequencyMHz is the downlink carrier frequency, 0 when not given.
	FrequencyMHz float64
	Date         string // ISO 8601, "" when not given
	Route        string // "" when not given
	Pos          geo.Position
}

// Area is a commune or province.
type Area struct {
	Code       string
	Name       string
	Geometry   orb.MultiPolygon
	Population float64 // 0 when not given
	Households float64 // 0 when not given
	Pos        geo.Position
}
