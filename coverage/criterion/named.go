package criterion

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/covgap/covgap/coverage/propagation"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo"
)

// Levels of the criteria that ship. No public text gives the thresholds of the
// Vietnamese gap lists, so they rest on what 3GPP asks of every phone: NoSignalDBm
// lies just above reference sensitivity, ServedDBm 10 dB above it.
//
//	LTE   in 10 MHz -94 dBm (band 3) to -97 dBm (band 1), TS 36.101, table
//	      7.3.1-1, which is -121.8 to -124.8 dBm per resource element
//	NR    alike
//	UMTS  Îor -106.7 dBm in band I, TS 25.101, table 7.2: a pilot of -116.7 dBm
//	GSM   -102 dBm, TS 45.005, 6.2
var (
	levels4G = Threshold{ServedDBm: -110, NoSignalDBm: -120}
	levels5G = Threshold{ServedDBm: -110, NoSignalDBm: -120}
	levels3G = Threshold{ServedDBm: -105, NoSignalDBm: -115}
	levels2G = Threshold{ServedDBm: -92, NoSignalDBm: -102}
)

// Default gives the criterion of a project that states none, outdoor-4g: 95 % of a
// village's people have 4G or later outdoors, from any operator. UMTS and GSM do
// not count, since their networks are being switched off and their voice closes no
// gap in the lists.
//
// σ is 5.5 dB, what ITU-R P.1546-6, annex 5, section 12, gives for mobile receivers
// near 2 GHz (K + 1.3 log f, K = 1.2).
func Default() Criterion {
	return Criterion{
		Name:                "outdoor-4g",
		Version:             1,
		Rule:                People,
		TargetShare:         0.95,
		NoneShare:           0.10,
		Thresholds:          map[data.Technology]Threshold{data.LTE: levels4G, data.NR: levels5G},
		LocationProbability: 0.5,
		SigmaDB:             5.5,
		ReceiverHeightM:     1.5,
		Operators:           Any,
	}
}

// All gives the criteria that ship, the default first:
//
//	outdoor-4g      4G or later in the open, at half of the locations
//	indoor-4g       4G or later inside traditional buildings, ITU-R P.2109
//	any-technology  any of GSM, UMTS, LTE and NR in the open: a call can be made
//	5g              NR in the open
func All() []Criterion {
	outdoor, indoor, voice, nr := Default(), Default(), Default(), Default()
	indoor.Name, indoor.Indoor, indoor.Building = "indoor-4g", true, propagation.TraditionalBuilding
	voice.Name = "any-technology"
	voice.Thresholds = map[data.Technology]Threshold{data.GSM: levels2G, data.UMTS: levels3G, data.LTE: levels4G, data.NR: levels5G}
	nr.Name, nr.Thresholds = "5g", map[data.Technology]Threshold{data.NR: levels5G}
	return []Criterion{outdoor, indoor, voice, nr}
}

// Lookup gives a criterion that ships by its name. The error is a [*geo.InputError]
// that wraps ErrCriterion and lists the names.
func Lookup(name string) (Criterion, error) {
	var names []string
	for _, c := range All() {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	e := &geo.InputError{Found: fmt.Sprintf("no criterion %q", name), Expected: strings.Join(names, ", "), Err: ErrCriterion}
	e.Hint = geo.DidYouMean(name, names)
	return Criterion{}, e
}

// UnmarshalYAML reads a criterion: the name of one that ships, or an object over
// the one that its base names, else over the default. What the object leaves out
// keeps the base's value; thresholds are taken whole, so that naming one technology
// leaves the others out. An object that changes its base and has no name of its own
// is called BASE-edited, so that outputs do not carry a name whose values they do not
// have.
func (c *Criterion) UnmarshalYAML(unmarshal func(any) error) error {
	var name string
	if unmarshal(&name) == nil {
		named, err := Lookup(name)
		*c = named
		return err
	}
	type plain Criterion // without this method
	var object plain
	if err := unmarshal(&object); err != nil {
		return err
	}
	base := Default()
	if object.Base != "" {
		var err error
		if base, err = Lookup(object.Base); err != nil {
			return err
		}
	}
	object = plain(base)
	object.Name, object.Thresholds = "", nil
	if err := unmarshal(&object); err != nil {
		return err
	}
	*c = Criterion(object)
	c.Base = ""
	if c.Thresholds == nil {
		c.Thresholds = base.Thresholds
	}
	if c.Name == "" {
		c.Name = base.Name
		if !reflect.DeepEqual(*c, base) {
			c.Name += "-edited"
		}
	}
	return nil
}
