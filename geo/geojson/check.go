package geojson

// Rule names a rule that [Check] holds a file against.
type Rule string

// The rules.
const (
	RingClosed Rule = "ring-closed" // RFC 7946 section 3.1.6
	Position2D Rule = "position-2d" // outputs are flat
)
