package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/geo"
	"github.com/covgap/covgap/planner"
	"github.com/covgap/covgap/planner/solver"
	"github.com/klauspost/compress/gzip"
)

// least is the size from which an answer is compressed.
const least = 1400 // bytes: what goes into one packet

// compact are the media types of what is compressed in itself.
var compact = []string{typePNG, "font/woff2"}

// writers are those of gzip that are not in use.
var writers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// errorShown is the body of an answer that is none.
type errorShown struct {
	Error string `json:"error"`
}

// writeError answers with an error.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	var tooLarge *http.MaxBytesError
	var question *answer.QuestionError
	var input *geo.InputError
	switch {
	case errors.Is(r.Context().Err(), context.Canceled):
		return // nobody waits
	case errors.As(err, &tooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.As(err, &question) && question.Missing, errors.Is(err, run.ErrMissing):
		status = http.StatusNotFound
	case errors.As(err, &input), errors.As(err, &question), errors.Is(err, ErrRequest):
		status = http.StatusBadRequest
	case errors.Is(err, planner.ErrConstraints), errors.Is(err, planner.ErrInput), errors.Is(err, run.ErrIncomparable), errors.Is(err, solver.ErrContradiction):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, ErrForbidden):
		status = http.StatusForbidden
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, ErrExists):
		status = http.StatusConflict
	case errors.Is(err, ErrBusy):
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusGatewayTimeout
	}
	writeStatus(w, status, err.Error())
}

func writeStatus(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Del("Etag")
	w.WriteHeader(status)
	b, err := json.Marshal(errorShown{text})
	if err != nil {
		panic(err) // a text always encodes
	}
	_, _ = w.Write(append(b, '\n')) // who hung up does not want it
}

// writeJSON answers with what a command prints with --json. It may be kept as long as
// the session is the same.
func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, v any) error {
	var b bytes.Buffer
	if err := run.WriteJSON(&b, v); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return s.write(w, r, Content{Type: "application/json", Body: b.Bytes()})
}

// Content is the body of an answer.
type Content struct {
	Type string // its media type
	Body []byte
	// Gzipped says that Body is compressed already.
	Gzipped bool
}

// write answers with content: compressed where the client takes that, and not at all
// where it has it. With the session's version in the address (v=) the client keeps it
// for good, else it asks again.
func (s *Server) write(w http.ResponseWriter, r *http.Request, c Content) error {
	h := w.Header()
	sum := sha256.Sum256(c.Body)
	etag := `W/"` + hex.EncodeToString(sum[:16]) + `"` // weak: compressed or not, it is the same
	h.Set("Content-Type", c.Type)
	h.Set("Vary", "Accept-Encoding")
	switch {
	case r.Method == http.MethodPost:
		h.Set("Cache-Control", "no-store")
	case r.URL.Query().Get("v") == s.session.Version:
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
		h.Set("Etag", etag)
	default:
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Etag", etag)
	}
	if r.Method != http.MethodPost && matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if len(c.Body) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	accepts := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	switch {
	case c.Gzipped && !accepts:
		z, err := gzip.NewReader(bytes.NewReader(c.Body))
		if err != nil {
			return fmt.Errorf("serve: %w", err)
		}
		defer func() { _ = z.Close() }() // it holds nothing
		var plain bytes.Buffer
		if _, err := plain.ReadFrom(z); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
		c.Body = plain.Bytes()
	case c.Gzipped:
		h.Set("Content-Encoding", "gzip")
	case accepts && len(c.Body) >= least && !slices.Contains(compact, c.Type):
		h.Set("Content-Encoding", "gzip")
		c.Body = compressed(c.Body)
	}
	h.Set("Content-Length", fmt.Sprint(len(c.Body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(c.Body) // who hung up does not want it
	}
	return nil
}

// compressed gives bytes gzipped.
func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := writers.Get().(*gzip.Writer)
	defer writers.Put(z)
	z.Reset(&out)
	_, _ = z.Write(b) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// matches says whether an If-None-Match header names a tag.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
