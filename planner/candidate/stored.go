package candidate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/covgap/covgap/coverage/store"
	"github.com/covgap/covgap/planner/template"
	"github.com/paulmach/orb"
)

// Version is part of every key. It rises when Find gives something else for the
// same input.
const Version = 1

// FindStored is [Find] through a store: what an earlier run found for the same
// input is not computed again, so that another objective, budget or price costs
// only the solving. A nil store keeps nothing.
func FindStored(ctx context.Context, in Input, st *store.Store) ([]Candidate, Counts, error) {
	if st == nil {
		return Find(ctx, in)
	}
	key, err := in.key()
	if err != nil {
		return nil, Counts{}, err
	}
	var kept struct {
		Found  []Candidate
		Counts Counts
	}
	if content, ok := st.Get(key); ok && json.Unmarshal(content, &kept) == nil {
		return kept.Found, kept.Counts, nil
	}
	if kept.Found, kept.Counts, err = Find(ctx, in); err != nil {
		return nil, Counts{}, err
	}
	content, err := json.Marshal(kept)
	if err != nil {
		return nil, Counts{}, fmt.Errorf("candidate: %w", err)
	}
	return kept.Found, kept.Counts, st.Put(key, content)
}

// key digests everything that Find depends on.
func (in *Input) key() (store.Key, error) {
	if err := in.Params.Validate(); err != nil {
		return store.Key{}, err
	}
	resolution := in.Resolution
	if resolution == 0 {
		resolution = DefaultResolution
	}
	content, err := json.Marshal(struct {
		What       string
		Version    int
		Params     [sha256.Size]byte
		Area       orb.Geometry
		Template   template.Site
		Required   float64
		ReceiverDB float64
		Receivers  []Receiver
		Resolution int
	}{
		"covgap candidates", Version, in.Params.Digest(), in.Area, in.Template,
		in.Criterion.RequiredDBm(in.Template.Technology, in.Template.FrequencyMHz), in.Criterion.ReceiverGainDBi - in.Criterion.BodyLossDB,
		in.Receivers, resolution,
	})
	if err != nil { // an infinite level: Find says what is wrong
		return store.Key{}, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return sha256.Sum256(content), nil
}
