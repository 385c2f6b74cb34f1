package flatgeobuf

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/covgap/covgap/geo/internal/hilbert"
	"github.com/paulmach/orb"
)

// nodeBytes is the size of a node: four doubles and an offset.
const nodeBytes = 40

// item is a feature as the index knows it.
type item struct {
	bound   orb.Bound
	offset  int64 // in the spool
	size    int64
	hilbert uint64
}

// order puts items along a Hilbert curve over their common bound.
func order(items []item, within orb.Bound) {
	const side = 1<<16 - 1 // of the curve, in cells, less one
	scale := func(v, low, high float64) uint32 {
		if high <= low {
			return 0
		}
		return uint32(math.Floor(side * (v - low) / (high - low)))
	}
	for i := range items {
		c := items[i].bound.Center()
		items[i].hilbert = hilbert.Distance(16, scale(c[0], within.Min[0], within.Max[0]), scale(c[1], within.Min[1], within.Max[1]))
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.hilbert, b.hilbert) })
}

// levels gives the number of nodes of each level of the tree, the root's first.
func levels(items, nodeSize uint64) []uint64 {
	out := []uint64{items}
	for n := items; ; {
		n = (n + nodeSize - 1) / nodeSize
		out = append(out, n)
		if n == 1 {
			break
		}
	}
	slices.Reverse(out)
	return out
}

// indexBytes is the size of the tree; false when it is beyond what fits a file.
func indexBytes(items, nodeSize uint64) (int64, bool) {
	if items == 0 || nodeSize < 2 {
		return 0, true
	}
	if items > math.MaxInt64/nodeBytes/4 { // all levels together are less than three times the lowest
		return 0, false
	}
	var sum uint64
	for _, n := range levels(items, nodeSize) {
		sum += n
	}
	return int64(sum) * nodeBytes, true
}

// index gives the bytes of the tree over items in their order: nodes from the root
// down, a parent with the number of its first child, a leaf with the place of its
// feature after the index.
func index(items []item) []byte {
	type node struct {
		bound  orb.Bound
		offset uint64
	}
	sizes := levels(uint64(len(items)), defaultNodeSize)
	starts := make([]uint64, len(sizes)+1)
	for i, n := range sizes {
		starts[i+1] = starts[i] + n
	}
	nodes := make([]node, starts[len(sizes)])
	var at int64
	for i := range items {
		nodes[starts[len(sizes)-1]+uint64(i)] = node{items[i].bound, uint64(at)}
		at += items[i].size
	}
	for level := len(sizes) - 2; level >= 0; level-- {
		for i := range sizes[level] {
			first := starts[level+1] + i*defaultNodeSize
			last := min(first+defaultNodeSize, starts[level+2])
			parent := node{nodes[first].bound, first}
			for _, child := range nodes[first+1 : last] {
				parent.bound = parent.bound.Union(child.bound)
			}
			nodes[starts[level]+i] = parent
		}
	}
	out := make([]byte, 0, len(nodes)*nodeBytes)
	for _, n := range nodes {
		for _, v := range [...]float64{n.bound.Min[0], n.bound.Min[1], n.bound.Max[0], n.bound.Max[1]} {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
		out = binary.LittleEndian.AppendUint64(out, n.offset)
	}
	return out
}
