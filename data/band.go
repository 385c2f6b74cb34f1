package data

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/covgap/covgap/geo"
)

// ChannelFrequencyMHz gives the downlink carrier frequency of a channel number:
// ARFCN, UARFCN, EARFCN or NR-ARFCN by technology. The second result is false
// where the number belongs to no band listed here.
func ChannelFrequencyMHz(t Technology, channel int) (float64, bool) {
	n := float64(channel)
	switch t {
	case GSM: // 3GPP TS 45.005 §2: Fl(n), and Fu(n) = Fl(n) + 45 or 95 MHz
		switch {
		case channel >= 0 && channel <= 124: // E-GSM 900
			return 890 + 0.2*n + 45, true
		case channel >= 955 && channel <= 1023: // R-GSM 900
			return 890 + 0.2*(n-1024) + 45, true
		case channel >= 512 && channel <= 885: // DCS 1800
			return 1710.2 + 0.2*(n-512) + 95, true
		case channel >= 128 && channel <= 251: // GSM 850
			return 824.2 + 0.2*(n-128) + 45, true
		}
	case UMTS: // 3GPP TS 25.101 §5.4.3: N_D = 5 (F_DL − F_DL_Offset)
		for _, b := range utraBands {
			if channel >= b.first && channel <= b.last {
				return b.offsetMHz + n/5, true
			}
		}
	case LTE: // 3GPP TS 36.101 §5.7.3: F_DL = F_DL_low + 0.1 (N_DL − N_Offs-DL)
		for _, b := range eutraBands {
			if channel >= b.first && channel <= b.last {
				return b.lowMHz + 0.1*(n-float64(b.first)), true
			}
		}
	case NR: // 3GPP TS 38.104 §5.4.2.1: F_REF = F_REF-Offs + ΔF_Global (N_REF − N_REF-Offs)
		switch {
		case channel >= 6000 && channel < 600000: // 30 MHz and up
			return 0.005 * n, true
		case channel >= 600000 && channel < 2016667:
			return 3000 + 0.015*(n-600000), true
		case channel >= 2016667 && channel <= 3279165:
			return 24250.08 + 0.06*(n-2016667), true
		}
	}
	return 0, false
}

// utraBands are the general UARFCN ranges of the downlink, 3GPP TS 25.101 Table
// 5.1.
var utraBands = []struct {
	first, last int
	offsetMHz   float64
}{
	{10562, 10838, 0},  // I, 2100
	{9662, 9938, 0},    // II, 1900
	{1162, 1513, 1575}, // III, 1800
	{4357, 4458, 0},    // V, 850
	{2237, 2563, 2175}, // VII, 2600
	{2937, 3088, 340},  // VIII, 900
}

// eutraBands are 3GPP TS 36.101 Tables 5.5-1 and 5.7.3-1: the number of the band,
// its downlink and the channel numbers of it.
var eutraBands = []struct {
	band            int
	lowMHz, highMHz float64
	first, last     int
}{
	{1, 2110, 2170, 0, 599},
	{2, 1930, 1990, 600, 1199},
	{3, 1805, 1880, 1200, 1949},
	{4, 2110, 2155, 1950, 2399},
	{5, 869, 894, 2400, 2649},
	{7, 2620, 2690, 2750, 3449},
	{8, 925, 960, 3450, 3799},
	{12, 729, 746, 5010, 5179},
	{13, 746, 756, 5180, 5279},
	{17, 734, 746, 5730, 5849},
	{18, 860, 875, 5850, 5999},
	{19, 875, 890, 6000, 6149},
	{20, 791, 821, 6150, 6449},
	{25, 1930, 1995, 8040, 8689},
	{26, 859, 894, 8690, 9039},
	{28, 758, 803, 9210, 9659},
	{38, 2570, 2620, 37750, 38249},
	{39, 1880, 1920, 38250, 38649},
	{40, 2300, 2400, 38650, 39649},
	{41, 2496, 2690, 39650, 41589},
	{42, 3400, 3600, 41590, 43589},
	{43, 3600, 3800, 43590, 45589},
}

// nrBands are the bands of 3GPP TS 38.104 Tables 5.2-1 and 5.2-2 that eutraBands does
// not hold under the same number.
var nrBands = map[int][2]float64{
	66: {2110, 2200}, 71: {617, 652}, 77: {3300, 4200}, 78: {3300, 3800}, 79: {4400, 5000},
	257: {26500, 29500}, 258: {24250, 27500},
}

// nominalBands are what is meant by 900 or 1800: the band of that name.
var nominalBands = map[int]int{
	700: 28, 800: 20, 850: 5, 900: 8, 1800: 3, 1900: 2, 2100: 1, 2300: 40, 2600: 7,
}

// CarrierFrequencyMHz gives the centre of the downlink band that a carrier's name
// stands for: 1800, L1800, "LTE 1800", B3, "band 3", n41. A number that is no
// band's name is a frequency in MHz. The second result is false for other names,
// such as F1.
func CarrierFrequencyMHz(t Technology, carrier string) (float64, bool) {
	if carrier == "" {
		return 0, false
	}
	f := strings.TrimSuffix(geo.Fold(carrier), "mhz")
	letters := strings.TrimRightFunc(f, unicode.IsDigit)
	n, err := strconv.Atoi(f[len(letters):])
	if err != nil {
		return 0, false
	}
	word := strings.TrimSuffix(letters, "band")
	if word != "" {
		named, known := technologies[word]
		if !known {
			named, known = initials[word]
		}
		switch {
		case word == "b" || letters == "band":
		case !known:
			return 0, false
		case named != t:
			return 0, false
		}
	}
	if n < 300 {
		if letters == "" {
			return 0, false // a bare 3 may be a band, a carrier or a channel
		}
		return bandCentreMHz(t, n)
	}
	if t == NR && n == 2600 { // n41; in Vietnam the block 2500–2600 MHz
		return frequencyMHz[NR], true
	}
	if band, ok := nominalBands[n]; ok {
		return bandCentreMHz(LTE, band)
	}
	if n < 400 || n > 100000 {
		return 0, false
	}
	return float64(n), true
}

func bandCentreMHz(t Technology, band int) (float64, bool) {
	if t == NR {
		if b, ok := nrBands[band]; ok {
			return (b[0] + b[1]) / 2, true
		}
	}
	for _, b := range eutraBands {
		if b.band == band {
			return (b.lowMHz + b.highMHz) / 2, true
		}
	}
	return 0, false
}
