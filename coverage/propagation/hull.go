package propagation

// hull is the upper convex hull of points that arrive from left to right, kept as
// a stack: slopes fall from each vertex to the next. A receiver to the right of
// every point sees only hull points as its horizon.
type hull struct {
	vertices []vertex
}

type vertex struct {
	x, y   float64
	sample int // number of the sample it is
}

func (h *hull) reset() { h.vertices = h.vertices[:0] }

// push adds a point to the right of all others.
func (h *hull) push(x, y float64, sample int) {
	n := len(h.vertices)
	for n >= 2 {
		a, b := &h.vertices[n-2], &h.vertices[n-1]
		// b stays only above the chord from a to the new point.
		if (b.y-a.y)*(x-a.x) > (y-a.y)*(b.x-a.x) {
			break
		}
		n--
	}
	h.vertices = append(h.vertices[:n], vertex{x, y, sample})
}

// steepest gives the largest slope (yᵢ−y)/(x−xᵢ) at which a point is seen from
// (x, y), which lies to the right of all points, and -Inf without points. Along a
// concave chain that slope rises and then falls, hence the bisection.
func (h *hull) steepest(x, y float64) float64 {
	v := h.vertices
	if len(v) == 0 {
		return negInf
	}
	lo, hi := 0, len(v)-1
	for lo < hi {
		mid := (lo + hi) / 2
		a, b := &v[mid], &v[mid+1]
		if (a.y-y)*(x-b.x) < (b.y-y)*(x-a.x) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return (v[lo].y - y) / (x - v[lo].x)
}

// highest gives the largest height of a point above the line through the origin
// with this slope, and -Inf without points.
func (h *hull) highest(slope float64) float64 {
	v := h.vertices
	if len(v) == 0 {
		return negInf
	}
	lo, hi := 0, len(v)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if v[mid+1].y-v[mid].y > slope*(v[mid+1].x-v[mid].x) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return v[lo].y - slope*v[lo].x
}
