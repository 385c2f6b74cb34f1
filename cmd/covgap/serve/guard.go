package serve

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// laneQueue is how many requests of a kind wait for the one that computes, on all
// workers.
const laneQueue = 16

// How long a request may take, waiting included.
const (
	quickTimeout = time.Minute
	longTimeout  = 9 * time.Minute
)

// Errors that decide the status of an answer; any other is a defect: 500.
var (
	ErrRequest   = errors.New("request not understood")                                                       // 400
	ErrForbidden = errors.New("request refused")                                                              // 403
	ErrNotFound  = errors.New("there is none")                                                                // 404
	ErrExists    = errors.New("a file of that name is there, and stays unless the address says replace=true") // 409
	ErrBusy      = errors.New("too many requests wait")                                                       // 503
)

// tokenCookie carries the token once the page was opened with it.
const tokenCookie = "covgap-token"

// NewToken gives 128 random bits as text.
func NewToken() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// lane lets one request compute at a time.
type lane struct {
	turns   chan struct{} // held by who computes
	waiting chan struct{} // held by those that wait, too
	timeout time.Duration
}

func newLane(timeout time.Duration) *lane {
	return &lane{turns: make(chan struct{}, 1), waiting: make(chan struct{}, 1+laneQueue), timeout: timeout}
}

// turn waits for the turn of a request, and gives the context in which it has to be
// done. The error is ErrBusy when too many wait, or that of the context.
func (l *lane) turn(ctx context.Context) (within context.Context, done func(), err error) {
	select {
	case l.waiting <- struct{}{}:
	default:
		return nil, nil, ErrBusy
	}
	within, cancel := context.WithTimeout(ctx, l.timeout)
	select {
	case l.turns <- struct{}{}:
		return within, func() { cancel(); <-l.turns; <-l.waiting }, nil
	case <-within.Done():
		cancel()
		<-l.waiting
		return nil, nil, within.Err()
	}
}

// guard lets through what comes from the page, or from a program that means this
// server: not what another site makes a browser send.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", contentPolicy)
		if err := s.check(r); err != nil {
			writeError(w, r, err)
			return
		}
		if s.options.Token == "" {
			next.ServeHTTP(w, r)
			return
		}
		if given := r.URL.Query().Get("token"); given != "" && r.Method == http.MethodGet && s.known(given) {
			// Kept out of the address bar, the history and the page's own links.
			http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: given, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			q := r.URL.Query()
			q.Del("token")
			http.Redirect(w, r, (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String(), http.StatusSeeOther)
			return
		}
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if c, err := r.Cookie(tokenCookie); err == nil && given == "" {
			given = c.Value
		}
		if !s.known(given) {
			h.Set("WWW-Authenticate", "Bearer")
			writeStatus(w, http.StatusUnauthorized, "open the address that covgap serve printed, with its token")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// contentPolicy lets the page load from here alone. MapLibre makes its workers of
// blobs, and sets styles of elements.
const contentPolicy = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

func (s *Server) known(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.options.Token)) == 1
}

// check refuses a request that names another host than this, against names that are
// made to point here (DNS rebinding), and one that another site caused.
func (s *Server) check(r *http.Request) error {
	if !s.own(r.Host) {
		return fmt.Errorf("%w: host %q is not this server", ErrForbidden, r.Host)
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		// Following a link to the page is no harm.
		if r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Method != http.MethodGet {
			return fmt.Errorf("%w: from another site", ErrForbidden)
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			return fmt.Errorf("%w: origin %q", ErrForbidden, origin)
		}
	}
	if r.Method == http.MethodPost {
		// A form of another site cannot say this without asking first.
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
			return fmt.Errorf("%w: content type %q; expected application/json", ErrRequest, r.Header.Get("Content-Type"))
		}
	}
	return nil
}

// own says whether a Host header is one of this server's. Where nobody but this
// machine gets here, only names of the loopback are.
func (s *Server) own(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	ip := net.ParseIP(name)
	switch {
	case strings.EqualFold(name, "localhost"), ip != nil && ip.IsLoopback():
		return true
	case s.options.Token == "":
		return false
	}
	return ip != nil || slices.ContainsFunc(s.options.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}
