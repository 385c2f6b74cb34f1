package gpkg

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// An R-tree of SQLite is three ordinary tables: nodes, the parent of each node, and the
// node of each row (https://www.sqlite.org/rtree.html, "Implementation Notes"; the form
// of a node is described at the head of SQLite's ext/rtree/rtree.c). Filled row by row
// through the virtual table it costs more than all the rest of a layer. Here it is
// packed at once when the layer is complete, by sorted tiles (Leutenegger, Lopez,
// Edgington 1997, "STR: a simple and efficient algorithm for R-tree packing").

// Of a node: a header of two bytes for the depth (of the root) and two for the number
// of entries; each entry is a number of eight bytes and four float32, big-endian.
const (
	nodeEntries    = 51 // SQLite's RTREE_MAXCELLS, at pages of 4 KB
	nodeEntryBytes = 8 + 4*4
	nodeBytes      = 4 + nodeEntries*nodeEntryBytes
	rootNode       = 1
)

// entry is a row, or a node below another, with its bound.
type entry struct {
	id                     int64
	minX, maxX, minY, maxY float32
}

// newEntry rounds a bound outwards.
func newEntry(id int64, b orb.Bound) entry {
	return entry{id, below(b.Min[0]), above(b.Max[0]), below(b.Min[1]), above(b.Max[1])}
}

func below(v float64) float32 {
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

func above(v float64) float32 {
	f := float32(v)
	if float64(f) < v {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	return f
}

// node is a packed node.
type node struct {
	number  int64
	entries []entry
}

func (n *node) entry() entry {
	e := n.entries[0]
	e.id = n.number
	for _, o := range n.entries[1:] {
		e.minX, e.maxX = min(e.minX, o.minX), max(e.maxX, o.maxX)
		e.minY, e.maxY = min(e.minY, o.minY), max(e.maxY, o.maxY)
	}
	return e
}

func (n *node) bytes(depth int) []byte {
	b := make([]byte, 0, nodeBytes)
	b = binary.BigEndian.AppendUint16(b, uint16(depth))
	b = binary.BigEndian.AppendUint16(b, uint16(len(n.entries)))
	for _, e := range n.entries {
		b = binary.BigEndian.AppendUint64(b, uint64(e.id))
		for _, v := range [...]float32{e.minX, e.maxX, e.minY, e.maxY} {
			b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b[:nodeBytes]
}

// tiles cuts entries, which it sorts, into groups for nodes: vertical slices, each cut
// from south to north. All groups are as full as they can be evenly.
func tiles(entries []entry) [][]entry {
	pages := (len(entries) + nodeEntries - 1) / nodeEntries
	slicesWanted := int(math.Ceil(math.Sqrt(float64(pages))))
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.minX+a.maxX, b.minX+b.maxX), cmp.Compare(a.id, b.id))
	})
	var out [][]entry
	for _, slice := range evenly(entries, slicesWanted) {
		slices.SortFunc(slice, func(a, b entry) int {
			return cmp.Or(cmp.Compare(a.minY+a.maxY, b.minY+b.maxY), cmp.Compare(a.id, b.id))
		})
		out = append(out, evenly(slice, (len(slice)+nodeEntries-1)/nodeEntries)...)
	}
	return out
}

// evenly cuts a list into n parts, fewer when it is shorter.
func evenly(entries []entry, n int) [][]entry {
	var out [][]entry
	for i := range n {
		if part := entries[i*len(entries)/n : (i+1)*len(entries)/n]; len(part) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// pack fills the R-tree of a layer with the entries of its rows, which it reorders.
func (w *Writer) pack(rows []entry) error {
	if len(rows) == 0 {
		return nil // the empty root that SQLite made
	}
	// Every level is cut into nodes until one holds the level below. The root is node
	// 1; the others are numbered as they are made.
	next, depth := int64(rootNode+1), 0
	nodes, parents := w.pairs("_node", "nodeno", "data"), [][2]int64(nil)
	nodeOf := make([]int64, w.id+1) // of each row, 0 for one without geometry
	hang := func(group []entry, number int64) {
		for _, e := range group {
			if depth == 0 {
				nodeOf[e.id] = number
			} else {
				parents = append(parents, [2]int64{e.id, number})
			}
		}
	}
	var err error
	level := rows
	for len(level) > nodeEntries && err == nil {
		var above []entry
		for _, group := range tiles(level) {
			n := node{next, group}
			next++
			err = cmp.Or(err, nodes.add(n.number, n.bytes(0)))
			hang(group, n.number)
			above = append(above, n.entry())
		}
		level = above
		depth++
	}
	hang(level, rootNode)
	if err := cmp.Or(err, nodes.close()); err != nil {
		return err
	}
	root := node{rootNode, level}
	w.file.exec(fmt.Sprintf(`UPDATE "%s_node" SET data = ? WHERE nodeno = %d`, w.rtree(), rootNode), root.bytes(depth))

	in := w.pairs("_parent", "nodeno", "parentnode")
	for _, p := range parents {
		err = cmp.Or(err, in.add(p[0], p[1]))
	}
	if err := cmp.Or(err, in.close()); err != nil {
		return err
	}
	in = w.pairs("_rowid", "rowid", "nodeno")
	for id, number := range nodeOf {
		if number != 0 {
			err = cmp.Or(err, in.add(int64(id), number))
		}
	}
	return cmp.Or(err, in.close())
}

// pairs inserts rows of two values into a table of the R-tree.
func (w *Writer) pairs(ending, key, value string) *inserter {
	return newInserter(w.file.conn, fmt.Sprintf("%q", w.rtree()+ending), []string{key, value})
}
