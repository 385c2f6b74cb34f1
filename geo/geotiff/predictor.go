package geotiff

import "encoding/binary"

// undoHorizontal turns differences into samples (TIFF 6.0, section 14): integer
// arithmetic that wraps, on the bit patterns also of floating point, as libtiff
// does. b holds rows of rowBytes little-endian samples of size bytes.
func undoHorizontal(b []byte, rowBytes, size int) {
	for ; len(b) >= rowBytes; b = b[rowBytes:] {
		row := b[:rowBytes]
		switch size {
		case 1:
			for i := 1; i < len(row); i++ {
				row[i] += row[i-1]
			}
		case 2:
			var sum uint16
			for r := row; len(r) >= 2; r = r[2:] {
				sum += binary.LittleEndian.Uint16(r)
				binary.LittleEndian.PutUint16(r, sum)
			}
		case 4:
			var sum uint32
			for r := row; len(r) >= 4; r = r[4:] {
				sum += binary.LittleEndian.Uint32(r)
				binary.LittleEndian.PutUint32(r, sum)
			}
		case 8:
			var sum uint64
			for r := row; len(r) >= 8; r = r[8:] {
				sum += binary.LittleEndian.Uint64(r)
				binary.LittleEndian.PutUint64(r, sum)
			}
		}
	}
}

// applyHorizontal is the inverse of undoHorizontal.
func applyHorizontal(b []byte, rowBytes, size int) {
	for ; len(b) >= rowBytes; b = b[rowBytes:] {
		row := b[:rowBytes]
		switch size {
		case 1:
			for i := len(row) - 1; i > 0; i-- {
				row[i] -= row[i-1]
			}
		case 2:
			for i := len(row) - 2; i > 0; i -= 2 {
				binary.LittleEndian.PutUint16(row[i:], binary.LittleEndian.Uint16(row[i:])-binary.LittleEndian.Uint16(row[i-2:]))
			}
		case 4:
			for i := len(row) - 4; i > 0; i -= 4 {
				binary.LittleEndian.PutUint32(row[i:], binary.LittleEndian.Uint32(row[i:])-binary.LittleEndian.Uint32(row[i-4:]))
			}
		case 8:
			for i := len(row) - 8; i > 0; i -= 8 {
				binary.LittleEndian.PutUint64(row[i:], binary.LittleEndian.Uint64(row[i:])-binary.LittleEndian.Uint64(row[i-8:]))
			}
		}
	}
}

// undoFloatingPoint turns a row of byte differences, most significant bytes of
// all samples first whatever the file's byte order, into little-endian samples
// (TIFF Technical Note 3).
func undoFloatingPoint(b []byte, rowBytes, size int) {
	planes := make([]byte, rowBytes)
	n := rowBytes / size
	for ; len(b) >= rowBytes; b = b[rowBytes:] {
		var sum byte
		for i, d := range b[:rowBytes] {
			sum += d
			planes[i] = sum
		}
		for k := range size { // plane 0 holds the most significant byte
			for i, v := range planes[k*n : (k+1)*n] {
				b[i*size+size-1-k] = v
			}
		}
	}
}

// applyFloatingPoint is the inverse of undoFloatingPoint.
func applyFloatingPoint(b []byte, rowBytes, size int) {
	planes := make([]byte, rowBytes)
	n := rowBytes / size
	for ; len(b) >= rowBytes; b = b[rowBytes:] {
		for k := range size {
			for i := range n {
				planes[k*n+i] = b[i*size+size-1-k]
			}
		}
		b[0] = planes[0]
		for i := 1; i < rowBytes; i++ {
			b[i] = planes[i] - planes[i-1]
		}
	}
}
