// Package data holds what a user brings: the records site, sector, village and
// area, their schemas, their validation, the defaults they are completed with
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
	ID               string
	Name             string
	Position         orb.Point
	Owner            string
	StructureType    string
	StructureHeightM float64 // 0 when not given
	PowerSource      string
	Backhaul         string
	Rows             int // input rows joined into this site
	Sectors          []Sector
	Pos              geo.Position // the first row
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
	Omni              bool
	MechanicalTiltDeg float64 // positive down
	ElectricalTiltDeg float64 // positive down
	BeamwidthHDeg     float64
	BeamwidthVDeg     float64
	GainDBi           float64
	PowerDBm          float64 // conducted, per antenna port
	LossesDB          float64 // feeder and connectors
	EIRPDBm           float64 // total-carrier EIRP of one port: power + gain - losses, or as given
	AntennaFile       string
	Status            string
	OnAirDate         string // ISO 8601, "" when not given
	OffAirDate        string
	Assumed           []string // schema names of the columns that stand at a default
}

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
	Estimated     bool    // population taken from the commune
	GridPower     Presence
	GridPowerYear int // 0 when not given
	FundEligible  Presence
	Priority      float64
	Center        *orb.Point // centre_lon, centre_lat
	Declared      Class
	DeclaredDate  string
	Pos           geo.Position
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
