package candidate

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"github.com/covgap/covgap/coverage"
	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/coverage/sweep"
	"github.com/paulmach/orb"
)

// What a reverse sweep finds is kept by receiver, with the masts that were asked, so
// that another list of masts has only those to sweep that are new in it. A list is
// large and many receivers share it: it is an entry of its own, that theirs name.

// hit is an antenna that reaches a receiver, or a mast from which it cannot be known.
type hit struct {
	place        int32
	height, band uint8 // height is unknown for a mast without value
	loss         coverage.CentiDB
	azimuth      uint16 // centidegrees
	elevation    int16
}

// In place of a hit's height: the mast has no value. Its band says why.
const (
	unknown           = math.MaxUint8
	unknownNoLoss     = 0
	unknownNoTerrain  = 1
	hitBytes          = 12
	bandBytes         = 16
	maxHeights        = unknown - 1
	maxBands          = math.MaxUint8
	entryHeaderBytes  = len(store.Key{})
	rosterHeaderBytes = 4
)

// roster is masts that were asked together, at the frequencies of bands.
type roster struct {
	key   store.Key
	bands []sweep.Band
	masts []sweep.MastKey
}

func newRoster(bands []sweep.Band, masts []sweep.MastKey) *roster {
	r := &roster{bands: bands, masts: masts}
	h := sha256.New()
	h.Write([]byte("covgap masts of reverse sweeps"))
	h.Write(r.encode())
	h.Sum(r.key[:0])
	return r
}

// encode gives a roster as bytes: the number of bands, the bands, the masts.
func (r *roster) encode() []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(r.bands)))
	for _, x := range r.bands {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.FrequencyMHz))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.MaxLossDB))
	}
	for i := range r.masts {
		b = append(b, r.masts[i][:]...)
	}
	return b
}

func decodeRoster(key store.Key, b []byte) (r *roster, ok bool) {
	if len(b) < rosterHeaderBytes {
		return nil, false
	}
	bands := int(binary.LittleEndian.Uint32(b))
	b = b[rosterHeaderBytes:]
	if bands > maxBands || len(b) < bands*bandBytes || (len(b)-bands*bandBytes)%len(sweep.MastKey{}) != 0 {
		return nil, false
	}
	r = &roster{key: key}
	for range bands {
		r.bands = append(r.bands, sweep.Band{
			FrequencyMHz: math.Float64frombits(binary.LittleEndian.Uint64(b)), MaxLossDB: math.Float64frombits(binary.LittleEndian.Uint64(b[8:])),
		})
		b = b[bandBytes:]
	}
	r.masts = make([]sweep.MastKey, len(b)/len(sweep.MastKey{}))
	for i := range r.masts {
		copy(r.masts[i][:], b[i*len(sweep.MastKey{}):])
	}
	return r, true
}

// keeper finds what is stored of receivers, and stores what is not.
type keeper struct {
	store *store.Store
	swept *sweep.Reverser
	now   *roster // of this search, each mast once
	// placesOf are the places of each of now's masts, and mastOf the mast of each place.
	placesOf [][]int32
	mastOf   []int32
	number   map[sweep.MastKey]int32 // in now
	nothing  *earlier                // of a receiver that nothing is kept of

	mu    sync.Mutex
	known map[store.Key]*earlier // nil for what is not to be had
}

// earlier is a roster of an earlier search as this one sees it; nil where it is of no
// use.
type earlier struct {
	*roster
	placesOf [][]int32 // of each of its masts; none where the mast is gone
	bandOf   []int     // of each of its bands, -1 where the band is gone
	missing  []bool    // by place: not in it
	complete bool      // nothing is missing
	// together is both, and at where each of its own masts stands in that, -1 for none.
	// It is not stored before something refers to it.
	together *roster
	at       []int32
	stored   bool
}

func newKeeper(st *store.Store, swept *sweep.Reverser, masts []sweep.Mast, bands []sweep.Band) *keeper {
	k := &keeper{
		store: st, swept: swept, mastOf: make([]int32, len(masts)),
		number: make(map[sweep.MastKey]int32, len(masts)), known: map[store.Key]*earlier{},
	}
	var keys []sweep.MastKey
	for i := range masts {
		key := masts[i].Key()
		n, ok := k.number[key]
		if !ok {
			n = int32(len(keys))
			k.number[key] = n
			keys, k.placesOf = append(keys, key), append(k.placesOf, nil)
		}
		k.mastOf[i] = n
		k.placesOf[n] = append(k.placesOf[n], int32(i))
	}
	k.now = newRoster(bands, keys)
	k.nothing = k.see(&roster{bands: bands})
	return k
}

// see gives a roster as this search sees it, nil when its bands leave out what this one's
// hold.
func (k *keeper) see(r *roster) *earlier {
	e := &earlier{roster: r, placesOf: make([][]int32, len(r.masts)), missing: make([]bool, len(k.mastOf)), complete: true, at: make([]int32, len(r.masts))}
	for _, b := range r.bands {
		e.bandOf = append(e.bandOf, slices.IndexFunc(k.now.bands, func(o sweep.Band) bool { return o.FrequencyMHz == b.FrequencyMHz }))
	}
	for _, b := range k.now.bands {
		if !slices.ContainsFunc(r.bands, func(o sweep.Band) bool { return o.FrequencyMHz == b.FrequencyMHz && o.MaxLossDB >= b.MaxLossDB }) {
			return nil
		}
	}
	there := make([]bool, len(k.now.masts))
	var gone []sweep.MastKey
	for i, key := range r.masts {
		n, ok := k.number[key]
		if !ok {
			e.at[i] = int32(len(k.now.masts) + len(gone))
			gone = append(gone, key)
			continue
		}
		e.at[i], e.placesOf[i], there[n] = n, k.placesOf[n], true
	}
	if len(gone) > len(k.now.masts) { // most of it is of no use any more
		for i, n := range e.at {
			if int(n) >= len(k.now.masts) {
				e.at[i] = -1
			}
		}
		gone = nil
	}
	for place, n := range k.mastOf {
		e.missing[place] = !there[n]
		e.complete = e.complete && there[n]
	}
	if !e.complete {
		e.together = newRoster(k.now.bands, slices.Concat(k.now.masts, gone))
	}
	return e
}

// earlier gives the roster of a key as this search sees it, nil when it is not to be had
// or of no use.
func (k *keeper) earlier(key store.Key) *earlier {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.known[key]
	if ok {
		return e
	}
	if content, ok := k.store.Get(key); ok {
		if r, ok := decodeRoster(key, content); ok {
			e = k.see(r)
		}
	}
	k.known[key] = e
	return e
}

// keep stores the roster of a receiver's new entry, once.
func (k *keeper) keep(e *earlier) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.stored {
		return nil
	}
	e.stored = true
	return k.store.Put(e.together.key, e.together.encode())
}

// receive gives what reaches one receiver, from the store as far as it is there, and from
// how many masts that was not.
func (k *keeper) receive(ctx context.Context, at orb.Point) (hits []hit, swept int, err error) {
	key := k.swept.Key(at)
	var e *earlier
	var old []hit
	if content, ok := k.store.Get(key); ok {
		var of store.Key
		if of, old, ok = decode(content); ok {
			e = k.earlier(of)
		}
	}
	if e == nil || slices.ContainsFunc(old, func(h hit) bool {
		return int(h.place) >= len(e.masts) || h.height != unknown && int(h.band) >= len(e.bands)
	}) {
		e, old = k.nothing, nil
	}
	var kept []hit // for the new entry, in places of e.together
	for _, h := range old {
		band := h.band
		if h.height != unknown {
			if e.bandOf[h.band] < 0 {
				continue
			}
			band = uint8(e.bandOf[h.band])
		}
		for _, place := range e.placesOf[h.place] {
			hits = append(hits, hit{place, h.height, band, h.loss, h.azimuth, h.elevation})
		}
		if n := e.at[h.place]; !e.complete && n >= 0 {
			kept = append(kept, hit{n, h.height, band, h.loss, h.azimuth, h.elevation})
		}
	}
	if e.complete {
		return hits, 0, nil
	}
	fresh, swept, err := sweepTo(ctx, k.swept, at, func(mast int) bool { return e.missing[mast] })
	if err != nil || swept == 0 && e != k.nothing {
		return hits, 0, err // no mast that is new is within reach
	}
	for _, h := range fresh {
		if mast := k.mastOf[h.place]; k.placesOf[mast][0] == h.place { // once, of places that share it
			kept = append(kept, hit{mast, h.height, h.band, h.loss, h.azimuth, h.elevation})
		}
	}
	if err := k.keep(e); err != nil {
		return nil, 0, err
	}
	return append(hits, fresh...), swept, k.store.Put(key, encode(e.together.key, kept))
}

// sweepTo gives what reaches a receiver from the masts wanted, and how many of them are
// within the radius.
func sweepTo(ctx context.Context, r *sweep.Reverser, at orb.Point, wanted func(mast int) bool) (hits []hit, within int, err error) {
	n, err := r.To(ctx, at, wanted, func(x sweep.Reached) {
		h := hit{place: int32(x.Mast), height: unknown, band: unknownNoLoss, loss: coverage.NoValue}
		switch {
		case x.NoTerrain:
			h.band = unknownNoTerrain
		case !math.IsNaN(x.LossDB):
			h = hit{
				int32(x.Mast), uint8(x.Height), uint8(x.Frequency), coverage.FromDB(x.LossDB),
				uint16(math.Round(x.AzimuthDeg*100)) % 36000, int16(math.Round(x.ElevationDeg * 100)),
			}
		}
		hits = append(hits, h)
	})
	return hits, n.Hexes, err
}

// encode gives the hits of a receiver as bytes: the key of their roster, then the hits,
// little endian.
func encode(of store.Key, hits []hit) []byte {
	b := make([]byte, 0, entryHeaderBytes+hitBytes*len(hits))
	b = append(b, of[:]...)
	for _, h := range hits {
		b = binary.LittleEndian.AppendUint32(b, uint32(h.place))
		b = append(b, h.height, h.band)
		b = binary.LittleEndian.AppendUint16(b, uint16(h.loss))
		b = binary.LittleEndian.AppendUint16(b, h.azimuth)
		b = binary.LittleEndian.AppendUint16(b, uint16(h.elevation))
	}
	return b
}

func decode(b []byte) (of store.Key, hits []hit, ok bool) {
	if len(b) < entryHeaderBytes || (len(b)-entryHeaderBytes)%hitBytes != 0 {
		return of, nil, false
	}
	copy(of[:], b)
	b = b[entryHeaderBytes:]
	hits = make([]hit, 0, len(b)/hitBytes)
	for ; len(b) > 0; b = b[hitBytes:] {
		hits = append(hits, hit{
			int32(binary.LittleEndian.Uint32(b)), b[4], b[5], coverage.CentiDB(binary.LittleEndian.Uint16(b[6:])),
			binary.LittleEndian.Uint16(b[8:]), int16(binary.LittleEndian.Uint16(b[10:])),
		})
		if hits[len(hits)-1].place < 0 {
			return of, nil, false
		}
	}
	return of, hits, true
}
