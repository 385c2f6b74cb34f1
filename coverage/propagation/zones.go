package propagation

// Zone is a radio-climatic zone of ITU-R P.1812-8 §3.3, Table 3.
type Zone uint8

// The zones. The zero Zone is inland.
const (
	Inland  Zone = iota // land that is not coastal
	Coastal             // land up to 100 m above the sea and no further than 50 km from it
	Sea                 // seas, oceans and other water that covers a circle of 100 km in diameter
)

// sections is how a path so far divides into zones. A zone changes half way between
// two samples, P.1812 §3.3. Only changes are summed, so that a path gives the same
// bits whether its samples come one by one or all at once. The zero value is a path
// that has been inland so far.
type sections struct {
	zone  Zone // of the last sample taken in
	mixed bool // some sample is not inland

	// Where the present sections began: of land unless it is sea, of inland when it is
	// that, of sea when it is that.
	landFromM, inlandFromM, seaFromM float64
	longestLandM, longestInlandM     float64 // of those that have ended
	seaM                             float64 // in all over sea, sections that have ended

	coasts           bool    // there has been sea
	coastM, seaEndsM float64 // from the transmitter to the first sea, and to the end of the last that has ended
}

// extend takes in samples from a given one on, up to but not including another.
func (s *sections) extend(zones []Zone, distanceM []float64, from, to int) {
	at := s.zone
	for i := from; i < to; i++ {
		if zones[i] == at {
			continue
		}
		at = zones[i]
		s.change(at, (distanceM[max(i-1, 0)]+distanceM[i])/2)
	}
}

// change begins another zone at a distance.
func (s *sections) change(to Zone, atM float64) {
	from := s.zone
	s.zone, s.mixed = to, true
	switch from {
	case Inland:
		s.longestInlandM = max(s.longestInlandM, atM-s.inlandFromM)
	case Sea:
		s.seaM += atM - s.seaFromM
		s.seaEndsM, s.landFromM = atM, atM
	}
	switch to {
	case Inland:
		s.inlandFromM = atM
	case Sea:
		s.longestLandM = max(s.longestLandM, atM-s.landFromM)
		s.seaFromM = atM
		if !s.coasts {
			s.coasts, s.coastM = true, atM
		}
	}
}

// seaShare is the share over sea of a path that ends at the last sample taken in.
func (s *sections) seaShare(lengthM float64) float64 {
	if s.zone == Sea {
		return (s.seaM + (lengthM - s.seaFromM)) / lengthM
	}
	return s.seaM / lengthM
}

// climate1812 is what ITU-R P.1812 reads from the zones of a path.
type climate1812 struct {
	omega        float64 // share over sea, Table 5
	dtmKm, dlmKm float64 // longest continuous land (inland and coastal) and inland sections, §3.6
	dctKm, dcrKm float64 // from the ends to the coast, §3.4
}

// inlandCoastKm stands for "no coast" in the distance to it.
const inlandCoastKm = 500

// climate gives it for a path that ends at the last sample taken in. The distances to
// the coast are those of c where it states them.
func (s *sections) climate(lengthM float64, c Climate) climate1812 {
	longestLandM, longestInlandM := s.longestLandM, s.longestInlandM
	if s.zone != Sea {
		longestLandM = max(longestLandM, lengthM-s.landFromM)
	}
	if s.zone == Inland {
		longestInlandM = max(longestInlandM, lengthM-s.inlandFromM)
	}
	out := climate1812{
		omega: s.seaShare(lengthM), dtmKm: longestLandM / 1000, dlmKm: longestInlandM / 1000,
		dctKm: c.TxCoastKm, dcrKm: c.RxCoastKm,
	}
	if out.dctKm == 0 {
		out.dctKm = inlandCoastKm
		if s.coasts {
			out.dctKm = s.coastM / 1000
		}
	}
	if out.dcrKm == 0 {
		switch {
		case s.zone == Sea: // at the coast, or beyond it
		case s.coasts:
			out.dcrKm = (lengthM - s.seaEndsM) / 1000
		default:
			out.dcrKm = inlandCoastKm
		}
	}
	return out
}

// Zones says how a path of two samples or more divides: the share of its length over
// sea, the longest section over land in metres, and the longest inland.
func (p *Profile) Zones() (seaShare, longestLandM, longestInlandM float64) {
	s := p.sections()
	c := s.climate(p.LengthM(), Climate{})
	return c.omega, c.dtmKm * 1000, c.dlmKm * 1000
}

// sections gives those of a whole path; without zones it is inland.
func (p *Profile) sections() (s sections) {
	s.extend(p.Zone, p.DistanceM, 0, len(p.Zone))
	return s
}
