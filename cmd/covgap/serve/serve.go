// Package serve answers questions about a finished run over HTTP, for the page that
// it also serves and for programs. What it answers is what the command line prints
// with --json: both take it from the same functions.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of the server.
const (
	maxBodyBytes    = 1 << 20 // of a request: some thousand actions
	maxHeaderBytes  = 1 << 16
	headerTimeout   = 5 * time.Second
	readTimeout     = 30 * time.Second
	idleTimeout     = 2 * time.Minute
	writeTimeout    = 10 * time.Minute // a plan takes its time
	shutdownTimeout = 5 * time.Second
)

// Options of a server.
type Options struct {
	// Token must come with every request, in a header or a cookie; "" asks for none.
	Token string
	// Hosts are the names under which the server may be called besides localhost and
	// addresses.
	Hosts []string
	// Log is told of defects: answers that broke down. nil tells nobody.
	Log io.Writer
}

// Server answers from a session.
type Server struct {
	session *Session
	options Options
	tiles   *tileSet
	lanes   map[Work]*lane
	told    sync.Once // of newer results
}

// New makes a server.
func New(s *Session, o Options) *Server {
	return &Server{session: s, options: o, tiles: newTileSet(s), lanes: map[Work]*lane{Quick: newLane(quickTimeout), Long: newLane(longTimeout)}}
}

// Work says how much of the processor an answer takes.
type Work string

// The kinds of work. Requests of one kind wait for each other, those of another do
// not: who drags a mast does not wait for a plan.
const (
	None  Work = ""      // what is there already
	Quick Work = "quick" // a question: a second at most
	Long  Work = "long"  // a plan, another date
)

// Route is one thing that a server answers.
type Route struct {
	Method, Path string // as in a pattern of [http.ServeMux]
	Work         Work
	handle       func(http.ResponseWriter, *http.Request) error
}

// Routes gives all that the server answers.
func (s *Server) Routes() []Route {
	return slices.Concat(s.apiRoutes(), s.questionRoutes(), s.planRoutes(), s.tileRoutes(), s.pageRoutes())
}

// Handler gives the server as a handler, guarded.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.Routes() {
		mux.Handle(r.Method+" "+r.Path, s.answer(r))
	}
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		// The mux knows which methods there are, and says so as text.
		refused := refusal{http.Header{}, http.StatusNotFound}
		h.ServeHTTP(&refused, r)
		text := "there is nothing at this address"
		if allow := refused.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			text = fmt.Sprintf("method %s; expected %s", r.Method, allow)
		}
		writeStatus(w, refused.status, text)
	}))
}

// refusal takes the headers of an answer and leaves its text.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) WriteHeader(status int)      { r.status = status }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }

// answer makes a handler of a route: errors become answers, and work is limited.
func (s *Server) answer(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		if route.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		}
		if l := s.lanes[route.Work]; l != nil {
			ctx, done, err := l.turn(r.Context())
			if err != nil {
				writeError(w, r, err)
				return
			}
			defer done()
			r = r.WithContext(ctx)
		}
		if err := route.handle(w, r); err != nil {
			writeError(w, r, err)
		}
	})
}

// recover makes a defect an answer, and tells of it.
func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if s.options.Log != nil {
		fmt.Fprintf(s.options.Log, "covgap: internal error at %s: %v\n%s\nThis is a defect of covgap; please report it.\n", r.URL.Path, p, debug.Stack())
	}
	writeStatus(w, http.StatusInternalServerError, "internal error; see where covgap serve was started")
}

// Serve answers on a listener until ctx ends, then lets requests under way finish for
// a moment. It returns nil when it was ctx that ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// What is under way ends with the server, not with the signal that stops it.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: log.New(io.Discard, "", 0), // clients that break off
		BaseContext: func(net.Listener) context.Context { return base },
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, done := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer done()
		err := server.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			cancel() // ends what computes
			err = server.Close()
		}
		stopped <- err
	})
	err := server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}

// URL gives the address of a listener as a browser takes it.
func (s *Server) URL(l net.Listener) string {
	host := l.Addr().String()
	if a, ok := l.Addr().(*net.TCPAddr); ok && a.IP.IsUnspecified() {
		host = net.JoinHostPort(outward(), fmt.Sprint(a.Port))
	}
	url := "http://" + host + "/"
	if s.options.Token != "" {
		url += "?token=" + s.options.Token
	}
	return url
}

// outward gives an address under which other machines reach this one, else localhost.
func outward() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "localhost"
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "localhost"
}

// Loopback says whether an address of --listen is reached from this machine alone.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
