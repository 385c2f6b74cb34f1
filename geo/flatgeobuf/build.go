package flatgeobuf

import (
	"encoding/binary"
	"math"
)

// buffer writes one FlatBuffer with its size in front, from the front to the back:
// what a table refers to stands behind it, its vtable before it. Positions count from
// the size, as alignment does.
type buffer struct {
	b  []byte
	at [16]int // of the fields of the table written last, by slot
}

// slot is a field of a table; size is in bytes. A reference has size 4 and value 0
// until it is known.
type slot struct {
	index, size int
	value       uint64
}

// begin starts over with the size and the reference to the root.
func (w *buffer) begin() {
	w.b = append(w.b[:0], make([]byte, 8)...)
}

// root is where the reference to the root stands.
const root = 4

// finish fills the size in and gives the bytes, padded so that another buffer may follow.
func (w *buffer) finish() []byte {
	w.align(8, 0)
	binary.LittleEndian.PutUint32(w.b, uint32(len(w.b)-4))
	return w.b
}

// align pads until the byte after so many more is at a multiple of n.
func (w *buffer) align(n, more int) {
	for (len(w.b)+more)%n != 0 {
		w.b = append(w.b, 0)
	}
}

// refer makes the reference at a place point to what is written next.
func (w *buffer) refer(at int) {
	binary.LittleEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
}

// table writes a table that the reference at ref points to.
func (w *buffer) table(ref int, slots ...slot) {
	last := 0
	for _, s := range slots {
		last = max(last, s.index)
	}
	size := 4 + 2*(last+1)
	w.align(2, 0)
	vtable := len(w.b)
	w.b = append(w.b, make([]byte, size)...)
	w.align(8, 0)
	start := len(w.b)
	w.refer(ref)
	w.b = binary.LittleEndian.AppendUint32(w.b, uint32(start-vtable))
	for _, s := range slots {
		w.align(s.size, 0)
		w.at[s.index] = len(w.b)
		binary.LittleEndian.PutUint16(w.b[vtable+4+2*s.index:], uint16(len(w.b)-start))
		w.b = binary.LittleEndian.AppendUint64(w.b, s.value)[:len(w.b)+s.size]
	}
	binary.LittleEndian.PutUint16(w.b[vtable:], uint16(size))
	binary.LittleEndian.PutUint16(w.b[vtable+2:], uint16(len(w.b)-start))
}

// vector writes the count of a vector that the reference at ref points to; its
// elements of so many bytes follow.
func (w *buffer) vector(ref, count, size int) {
	w.align(4, 0)
	w.align(size, 4)
	w.refer(ref)
	w.b = binary.LittleEndian.AppendUint32(w.b, uint32(count))
}

func (w *buffer) text(ref int, s string) {
	w.vector(ref, len(s), 1)
	w.b = append(append(w.b, s...), 0)
}

func (w *buffer) double(v float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v))
}

// references writes a vector of so many references and gives the place of the first.
func (w *buffer) references(ref, count int) int {
	w.vector(ref, count, 4)
	first := len(w.b)
	w.b = append(w.b, make([]byte, 4*count)...)
	return first
}
