package data

// UnspecifiedOperator stands where the input names no operator.
const UnspecifiedOperator = "unspecified"

// Defaults of a sector. Each is a column's default in the schema, and each can be
// replaced for a whole file by a constant of the [Mapping].
const (
	defaultTechnology     = LTE
	defaultHeightM        = 30.0 // ITU-R M.2292: macro rural, 30 m
	defaultTiltDeg        = 3.0  // ITU-R M.2292: macro rural, 3°
	defaultBeamwidthHDeg  = 65.0 // ITU-R M.2292
	defaultBeamwidthVDeg  = 10.0 // 3GPP TR 36.814 Table A.2.1.1-2
	defaultGainDBi        = 17.0
	defaultOmniGainDBi    = 11.0
	defaultPowerDBm       = 43.0 // 20 W
	defaultLossesDB       = 3.0  // ITU-R M.2292: feeder loss 3 dB
	personsPerHousehold   = 3.6  // General Statistics Office of Vietnam, census of 2019
	threeSectorSpacingDeg = 120.0
)

const (
	sourceGain       = "65° panel antennas of 2 m are sold with 17 to 18 dBi at 1800 MHz; ITU-R M.2292 takes 18; collinear omnidirectional antennas reach 11"
	sourceBands      = "centres of the bands in use in Vietnam: E-GSM 900, UMTS band I, LTE band 3, NR block 2500–2600 MHz (auction of March 2024)"
	sourceBandwidth  = "GSM and UMTS channel spacing; LTE 10 MHz is cautious where 1800 MHz holders have up to 20; NR block of 100 MHz"
	sourcePopulation = "3.6 persons a household: General Statistics Office of Vietnam, census of 2019"
)

var (
	// Centres of the downlink bands, see sourceBands.
	frequencyMHz = map[Technology]float64{GSM: 947.5, UMTS: 2140, LTE: 1842.5, NR: 2550}
	bandwidthMHz = map[Technology]float64{GSM: 0.2, UMTS: 5, LTE: 10, NR: 100}
	ports        = map[Technology]int{GSM: 1, UMTS: 1, LTE: 2, NR: 4}
)
