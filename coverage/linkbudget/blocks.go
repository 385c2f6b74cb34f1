package linkbudget

import (
	"fmt"
	"slices"
)

// subcarriersPerBlock is the number of subcarriers of one resource block, in LTE
// (3GPP TS 36.211, table 6.2.3-1) as in NR (TS 38.211, 4.4.4.1).
const subcarriersPerBlock = 12

// ResourceBlocksLTE gives N_RB of an LTE channel, 3GPP TS 36.101, table 5.6-1. The
// error wraps ErrBandwidth.
func ResourceBlocksLTE(bandwidthMHz float64) (int, error) {
	switch bandwidthMHz {
	case 1.4:
		return 6, nil
	case 3:
		return 15, nil
	case 5:
		return 25, nil
	case 10:
		return 50, nil
	case 15:
		return 75, nil
	case 20:
		return 100, nil
	}
	return 0, fmt.Errorf("%w: LTE has none of %g MHz; expected 1.4, 3, 5, 10, 15 or 20", ErrBandwidth, bandwidthMHz)
}

// SubcarrierSpacingKHz gives the usual spacing of an NR carrier: 15 kHz below
// 2.4 GHz, where the paired bands lie, 30 kHz from there to 7.125 GHz, where the
// unpaired ones do (n41, n77, n78), and 120 kHz in frequency range 2. A channel
// wider than 50 MHz has no 15 kHz form (3GPP TS 38.101-1, table 5.3.2-1) and gets
// 30 kHz.
func SubcarrierSpacingKHz(frequencyMHz, bandwidthMHz float64) int {
	switch {
	case frequencyMHz > 7125:
		return 120
	case frequencyMHz >= 2400 || bandwidthMHz > 50:
		return 30
	}
	return 15
}

// Maximum transmission bandwidths N_RB of NR: 3GPP TS 38.101-1, table 5.3.2-1
// (frequency range 1) and TS 38.101-2, table 5.3.2-1 (range 2).
var (
	nrWidths1MHz = []float64{5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100}
	nrBlocks15   = []int{25, 52, 79, 106, 133, 160, 188, 216, 242, 270}
	nrBlocks30   = []int{11, 24, 38, 51, 65, 78, 92, 106, 119, 133, 162, 189, 217, 245, 273}
	nrWidths2MHz = []float64{50, 100, 200, 400}
	nrBlocks120  = []int{32, 66, 132, 264}
)

// ResourceBlocksNR gives N_RB of an NR channel at a subcarrier spacing of 15, 30 or
// 120 kHz. The error wraps ErrBandwidth.
func ResourceBlocksNR(bandwidthMHz float64, spacingKHz int) (int, error) {
	widths, blocks := nrWidths1MHz, nrBlocks15
	switch spacingKHz {
	case 15:
	case 30:
		blocks = nrBlocks30
	case 120:
		widths, blocks = nrWidths2MHz, nrBlocks120
	default:
		return 0, fmt.Errorf("%w: NR subcarrier spacing %d kHz; expected 15, 30 or 120", ErrBandwidth, spacingKHz)
	}
	i := slices.Index(widths, bandwidthMHz)
	if i < 0 || i >= len(blocks) {
		return 0, fmt.Errorf("%w: NR has none of %g MHz at %d kHz; expected one of %g", ErrBandwidth, bandwidthMHz, spacingKHz, widths[:len(blocks)])
	}
	return blocks[i], nil
}
