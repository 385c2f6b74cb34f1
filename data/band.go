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
		case channel >= 940 && channel <= 1023: // ER-GSM 900
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

// utraBands are the general UARFCN ranges of the paired downlinks, 3GPP TS 25.101
// Table 5.1. Band VI lies within V.
var utraBands = []struct {
	first, last int
	offsetMHz   float64
}{
	{10562, 10838, 0},  // I, 2100
	{9662, 9938, 0},    // II, 1900
	{1162, 1513, 1575}, // III, 1800
	{1537, 1738, 1805}, // IV, 2100
	{4357, 4458, 0},    // V, 850
	{2237, 2563, 2175}, // VII, 2600
	{2937, 3088, 340},  // VIII, 900
	{9237, 9387, 0},    // IX, 1800
	{3112, 3388, 1490}, // X, 2100
	{3712, 3787, 736},  // XI, 1500
	{3842, 3903, -37},  // XII, 700
	{4017, 4043, -55},  // XIII, 700
	{4117, 4143, -63},  // XIV, 700
	{712, 763, 735},    // XIX, 850
	{4512, 4638, -109}, // XX, 800
	{862, 912, 1326},   // XXI, 1500
	{4662, 5038, 2580}, // XXII, 3500
	{5112, 5413, 910},  // XXV, 1900
	{5762, 5913, -291}, // XXVI, 850
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
	{6, 875, 885, 2650, 2749},
	{7, 2620, 2690, 2750, 3449},
	{8, 925, 960, 3450, 3799},
	{9, 1844.9, 1879.9, 3800, 4149},
	{10, 2110, 2170, 4150, 4749},
	{11, 1475.9, 1495.9, 4750, 4949},
	{12, 729, 746, 5010, 5179},
	{13, 746, 756, 5180, 5279},
	{14, 758, 768, 5280, 5379},
	{17, 734, 746, 5730, 5849},
	{18, 860, 875, 5850, 5999},
	{19, 875, 890, 6000, 6149},
	{20, 791, 821, 6150, 6449},
	{21, 1495.9, 1510.9, 6450, 6599},
	{22, 3510, 3590, 6600, 7399},
	{23, 2180, 2200, 7500, 7699},
	{24, 1525, 1559, 7700, 8039},
	{25, 1930, 1995, 8040, 8689},
	{26, 859, 894, 8690, 9039},
	{27, 852, 869, 9040, 9209},
	{28, 758, 803, 9210, 9659},
	{29, 717, 728, 9660, 9769},
	{30, 2350, 2360, 9770, 9869},
	{31, 462.5, 467.5, 9870, 9919},
	{32, 1452, 1496, 9920, 10359},
	{33, 1900, 1920, 36000, 36199},
	{34, 2010, 2025, 36200, 36349},
	{35, 1850, 1910, 36350, 36949},
	{36, 1930, 1990, 36950, 37549},
	{37, 1910, 1930, 37550, 37749},
	{38, 2570, 2620, 37750, 38249},
	{39, 1880, 1920, 38250, 38649},
	{40, 2300, 2400, 38650, 39649},
	{41, 2496, 2690, 39650, 41589},
	{42, 3400, 3600, 41590, 43589},
	{43, 3600, 3800, 43590, 45589},
	{44, 703, 803, 45590, 46589},
	{45, 1447, 1467, 46590, 46789},
	{46, 5150, 5925, 46790, 54539},
	{47, 5855, 5925, 54540, 55239},
	{48, 3550, 3700, 55240, 56739},
	{49, 3550, 3700, 56740, 58239},
	{50, 1432, 1517, 58240, 59089},
	{51, 1427, 1432, 59090, 59139},
	{52, 3300, 3400, 59140, 60139},
	{53, 2483.5, 2495, 60140, 60254},
	{65, 2110, 2200, 65536, 66435},
	{66, 2110, 2200, 66436, 67335},
	{67, 738, 758, 67336, 67535},
	{68, 753, 783, 67536, 67835},
	{69, 2570, 2620, 67836, 68335},
	{70, 1995, 2020, 68336, 68585},
	{71, 617, 652, 68586, 68935},
	{72, 461, 466, 68936, 68985},
	{73, 460, 465, 68986, 69035},
	{74, 1475, 1518, 69036, 69465},
	{75, 1432, 1517, 69466, 70315},
	{76, 1427, 1432, 70316, 70365},
	{85, 728, 746, 70366, 70545},
	{87, 420, 425, 70546, 70595},
	{88, 422, 427, 70596, 70645},
}

// nrBands are the bands of 3GPP TS 38.104 Tables 5.2-1 and 5.2-2 that eutraBands does
// not hold under the same number.
var nrBands = map[int][2]float64{
	77: {3300, 4200}, 78: {3300, 3800}, 79: {4400, 5000}, 90: {2496, 2690}, 104: {6425, 7125},
	257: {26500, 29500}, 258: {24250, 27500}, 259: {39500, 43500}, 260: {37000, 40000}, 261: {27500, 28350},
}

// TDD says whether a carrier lies in an unpaired band, where both ways share its
// frequency. Where bands overlap it is what networks use: LTE from 2,620 MHz is the
// paired band 7, NR there the unpaired n41.
func TDD(t Technology, frequencyMHz float64) bool {
	in := func(lowMHz, highMHz float64) bool { return frequencyMHz >= lowMHz && frequencyMHz <= highMHz }
	switch t {
	case LTE: // 3GPP TS 36.101 Table 5.5-1: 33 and 39, 34, 40, 38 and 41 below 7, 42, 43, 48 and 52, 46 and 47
		return in(1880, 1920) || in(2010, 2025) || in(2300, 2400) || in(2483.5, 2619.999) || in(3300, 3800) || in(5150, 5925)
	case NR: // 3GPP TS 38.104 Tables 5.2-1 and 5.2-2: n39, n34, n40, n38 and n41, n77 and n78, n79, n104, range 2
		return in(1880, 1920) || in(2010, 2025) || in(2300, 2400) || in(2483.5, 2690) || in(3300, 4200) || in(4400, 5000) || in(6425, 7125) || frequencyMHz >= 24250
	}
	return false
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
