// Package hilbert numbers the cells of a square along a Hilbert curve, on which
// neighbours on the curve are neighbours in the square (D. Hilbert 1891, "Ueber die
// stetige Abbildung einer Linie auf ein Flächenstück").
package hilbert

// Distance is the number of cell x, y on the curve through the 2^order by 2^order
// cells of a square, of order 31 at most. It begins at 0, 0.
func Distance(order uint, x, y uint32) uint64 {
	var d uint64
	for s := uint32(1) << order >> 1; s > 0; s >>= 1 {
		// Each step takes one bit of x and y, and turns what is left into the frame of
		// the quadrant.
		var rx, ry uint64
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		d += uint64(s) * uint64(s) * ((3 * rx) ^ ry)
		if ry == 0 {
			if rx == 1 {
				x, y = s-1-x, s-1-y // the bits above s are done with
			}
			x, y = y, x
		}
	}
	return d
}
