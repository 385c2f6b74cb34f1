package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/covgap/covgap/cmd/covgap/answer"
	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/coverage/compare"
	"github.com/covgap/covgap/data"
	"github.com/covgap/covgap/geo/geotiff"
	"github.com/covgap/covgap/planner"
	"github.com/paulmach/orb"
)

// The tests answer from a run of the small project of the command line's scenarios:
// two communes with a ridge between them.

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "covgap-serve-")
	if err != nil {
		panic(err)
	}
	made.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir) // in the system's folder for what may go
	os.Exit(code)
}

var made struct {
	dir  string
	once sync.Once
	err  error
	s    *Session
}

// session gives the session of the small project, run once.
func session(t testing.TB) *Session {
	t.Helper()
	made.once.Do(func() { made.s, made.err = small(made.dir) })
	if made.err != nil {
		t.Fatal(made.err)
	}
	return made.s
}

func small(dir string) (*Session, error) {
	if err := os.CopyFS(dir, os.DirFS("../testdata/small")); err != nil {
		return nil, err
	}
	if err := writeTerrain(filepath.Join(dir, "dem.tif")); err != nil {
		return nil, err
	}
	p, err := project.Load(dir)
	if err != nil {
		return nil, err
	}
	ctx, quiet := context.Background(), progress.New(progress.None, io.Discard)
	r := run.New(p, run.Options{Workers: 2, Seed: 1, Lang: lang.English, Reporter: quiet})
	folder, err := run.OpenFolder(p.Path("out"), run.RunFolder)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{r.Check, r.ComputeCoverage, r.FindGaps, r.FindCauses, r.AssessVillages, r.MakePlan} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if _, err := r.Write(ctx, folder, "covgap test"); err != nil {
		return nil, err
	}
	again := run.New(p, run.Options{Workers: 2, Seed: 1, Lang: lang.English, Reporter: quiet})
	return Open(ctx, again, p.Path("out"), "covgap test")
}

// writeTerrain writes a ridge of 1,300 m along 106.25 degrees between plains.
func writeTerrain(path string) (err error) {
	const step, west, north, n = 3.0 / 3600, 106.08, 22.82, 408
	h := geotiff.Header{Width: n, Height: n, West: west + step/2, North: north - step/2, StepX: step, StepY: step, EPSG: 4326, Geographic: true}
	heights := make([]int16, 0, n*n)
	for j := range n {
		for i := range n {
			x := (h.West + float64(i)*step - 106.25) / 0.008
			heights = append(heights, int16(300+1000*math.Exp(-x*x)+20*math.Sin(float64(i)/4)*math.Cos(float64(j)/4)))
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	return geotiff.Encode(f, h, heights, geotiff.Layout{})
}

// ask sends a request to a server and gives its answer; headers are pairs.
func ask(t testing.TB, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:8470/", strings.NewReader(body))
	r.Method, r.RequestURI = method, target // as they come: httptest refuses what is no token
	if u, err := url.ParseRequestURI(target); err == nil {
		r.URL = u
	}
	r.Host = "127.0.0.1:8470"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// wrong is an answer to what was asked wrongly.
func wrong(t *testing.T, w *httptest.ResponseRecorder, status int, what string) {
	t.Helper()
	var e errorShown
	if w.Code != status || json.Unmarshal(w.Body.Bytes(), &e) != nil || e.Error == "" {
		t.Errorf("%s: %d %s, want %d", what, w.Code, strings.TrimSpace(w.Body.String()), status)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s: an error is kept: %q", what, got)
	}
}

func TestGuard(t *testing.T) {
	s := session(t)
	open := New(s, Options{}).Handler()
	const token = "sesame-sesame-sesame"
	closed := New(s, Options{Token: token, Hosts: []string{"planner.local"}}).Handler()
	get := func(h http.Handler, headers ...string) *httptest.ResponseRecorder {
		return ask(t, h, http.MethodGet, "/api/frontier", "", headers...)
	}
	for _, host := range []string{"127.0.0.1:8470", "localhost:1", "LOCALHOST", "[::1]:8470", "127.0.0.1"} {
		if w := get(open, "Host", host); w.Code != http.StatusOK {
			t.Errorf("host %q: %d", host, w.Code)
		}
	}
	for _, host := range []string{"evil.example", "evil.example:8470", "127.0.0.1.evil.example", "192.168.1.5:8470", "", "localhost.evil.example", "0.0.0.0:8470"} {
		wrong(t, get(open, "Host", host), http.StatusForbidden, "host "+host)
	}
	for _, headers := range [][]string{
		{"Origin", "http://evil.example"}, {"Origin", "null"}, {"Origin", "http://127.0.0.1:9999"}, {"Origin", "::"},
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors"},
	} {
		wrong(t, get(open, headers...), http.StatusForbidden, strings.Join(headers, " "))
	}
	for _, headers := range [][]string{
		{"Origin", "http://127.0.0.1:8470"}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"},
		{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, // a link to the page
	} {
		if w := get(open, headers...); w.Code != http.StatusOK {
			t.Errorf("%v: %d", headers, w.Code)
		}
	}
	// A form of another site is a POST without asking.
	const remove = `{"actions":[{"action":"remove","site_id":"CB001"}]}`
	for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "", "multipart/form-data; boundary=x"} {
		wrong(t, ask(t, open, http.MethodPost, "/api/whatif", remove, "Content-Type", kind), http.StatusBadRequest, kind)
	}
	if w := ask(t, open, http.MethodPost, "/api/whatif", remove, "Content-Type", "application/json; charset=utf-8"); w.Code != http.StatusOK {
		t.Errorf("JSON: %d %s", w.Code, w.Body)
	}

	// With a token nobody gets anything without it, the page included.
	for _, target := range []string{"/", "/api/run", "/api/villages", "/tiles/hexes/8/203/111.mvt", "/?token=", "/?token=wrong", "/api/run?token=" + token[:5]} {
		wrong(t, ask(t, closed, http.MethodGet, target, ""), http.StatusUnauthorized, target)
	}
	wrong(t, ask(t, closed, http.MethodPost, "/api/whatif?token="+token, remove), http.StatusUnauthorized, "a POST with the token in its address")
	if w := get(closed, "Authorization", "Bearer "+token, "Host", "192.168.1.5:8470"); w.Code != http.StatusOK {
		t.Errorf("header: %d", w.Code)
	}
	if w := get(closed, "Cookie", tokenCookie+"="+token, "Host", "planner.local:8470"); w.Code != http.StatusOK {
		t.Errorf("cookie: %d", w.Code)
	}
	wrong(t, get(closed, "Authorization", "Bearer "+token, "Host", "evil.example"), http.StatusForbidden, "another name")
	w := ask(t, closed, http.MethodGet, "/?lang=vi&token="+token, "")
	if c := w.Header().Get("Set-Cookie"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/?lang=vi" ||
		!strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || !strings.Contains(c, token) {
		t.Errorf("the address with the token: %d, %v", w.Code, w.Header())
	}
	if a, b := NewToken(), NewToken(); a == b || len(a) < 22 {
		t.Errorf("tokens %q and %q", a, b)
	}
}

func TestHeaders(t *testing.T) {
	h := New(session(t), Options{}).Handler()
	for _, target := range []string{"/", "/api/run", "/nothing", "/tiles/hexes/8/203/111.mvt"} {
		w := ask(t, h, http.MethodGet, target, "")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s %q", target, name, got)
			}
		}
		if p := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'self';") {
			t.Errorf("%s: policy %q", target, p)
		}
	}
}

func TestCaching(t *testing.T) {
	s := session(t)
	h := New(s, Options{}).Handler()
	for _, target := range []string{"/api/run", "/api/villages", "/"} {
		plain := ask(t, h, http.MethodGet, target, "")
		etag := plain.Header().Get("Etag")
		if plain.Code != http.StatusOK || etag == "" || plain.Header().Get("Cache-Control") != "private, no-cache" || plain.Header().Get("Content-Encoding") != "" {
			t.Fatalf("%s: %d %v", target, plain.Code, plain.Header())
		}
		if w := ask(t, h, http.MethodGet, target, "", "If-None-Match", `"other", `+etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%s known: %d, %d bytes", target, w.Code, w.Body.Len())
		}
		if w := ask(t, h, http.MethodGet, target, "", "If-None-Match", `"other"`); w.Code != http.StatusOK {
			t.Errorf("%s otherwise known: %d", target, w.Code)
		}
		if w := ask(t, h, http.MethodGet, target+"?v="+s.Version, ""); !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s of this version: %v", target, w.Header())
		}
		if w := ask(t, h, http.MethodGet, target+"?v=older", ""); strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s of another version: %v", target, w.Header())
		}
		if w := ask(t, h, http.MethodHead, target, ""); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != fmt.Sprint(plain.Body.Len()) {
			t.Errorf("HEAD %s: %d, %d bytes, %v", target, w.Code, w.Body.Len(), w.Header())
		}
		w := ask(t, h, http.MethodGet, target, "", "Accept-Encoding", "br, gzip")
		if plain.Body.Len() < least {
			continue
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil || w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s compressed: %v, %v", target, err, w.Header())
		}
		if b, err := io.ReadAll(z); err != nil || !bytes.Equal(b, plain.Body.Bytes()) {
			t.Errorf("%s compressed is something else: %v", target, err)
		}
	}
	if w := ask(t, h, http.MethodPost, "/api/whatif", `{"actions":[{"action":"remove","site_id":"CB001"}]}`); w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a POST is kept: %v", w.Header())
	}
}

func TestRefuses(t *testing.T) {
	h := New(session(t), Options{}).Handler()
	for _, x := range []struct {
		method, target, body string
		status               int
	}{
		{"GET", "/api/explain", "", 400},
		{"GET", "/api/explain?village=01279-1&hex=x", "", 400},
		{"GET", "/api/explain?village=nobody", "", 404},
		{"GET", "/api/explain?site=nobody", "", 404},
		{"GET", "/api/explain?hex=8a0000000000000", "", 400},
		{"GET", "/api/explain?at=22.6,106.2", "", 400}, // the order
		{"GET", "/api/explain?at=0,0", "", 404},
		{"GET", "/api/profile?from=CB001", "", 400},
		{"GET", "/api/profile?from=CB001&to=CB001", "", 400},
		{"GET", "/api/profile?from=CB001&to=01279-1&tx_height_m=NaN", "", 400},
		{"GET", "/api/profile?from=CB001&to=01279-1&frequency_mhz=many", "", 400},
		{"GET", "/api/profile?from=10,10&to=10.1,10", "", 404}, // no terrain
		{"GET", "/api/place?q=somewhere", "", 400},
		{"GET", "/api/place?q=" + strings.Repeat("1", 300), "", 400},
		{"GET", "/api/snap?lon=106.2", "", 400},
		{"GET", "/api/snap?lon=106.2&lat=22.62&radius_m=1e9", "", 400},
		{"GET", "/api/snap?lon=10&lat=10", "", 404},
		{"GET", "/api/compare", "", 400},
		{"GET", "/api/compare?dates=2022-01-01", "", 400},
		{"GET", "/api/compare?dates=yesterday,today", "", 400},
		{"GET", "/api/compare?a=../out&b=out", "", 400},
		{"GET", "/api/compare?a=/etc&b=out", "", 400},
		{"GET", "/api/compare?a=nothing&b=out", "", 404},
		{"POST", "/api/whatif", "", 400},
		{"POST", "/api/whatif", "{", 400},
		{"POST", "/api/whatif", `{"actions":[]} {}`, 400},
		{"POST", "/api/whatif", `{"actions":[{"action":"fly"}]}`, 400},
		{"POST", "/api/whatif", `{"actions":[{"action":"remove","site_id":"nobody"}]}`, 400},
		{"POST", "/api/whatif", `{"actions":[],"hexes":"all"}`, 400},
		{"POST", "/api/whatif", `{"deeds":[]}`, 400},
		{"POST", "/api/whatif", `{"actions":"` + strings.Repeat("x", maxBodyBytes) + `"}`, 413},
		{"POST", "/api/plan", `{"objective":{"goal":"wealth"}}`, 400},
		{"POST", "/api/plan", `{"objective":{"goal":"budget"}}`, 400},
		{"POST", "/api/plan", `{"must":["x"],"must_not":["x"]}`, 400},
		{"POST", "/api/plans/..%2Fx", `{"actions":[]}`, 400},
		{"POST", "/api/plans/a.b", `{"actions":[]}`, 400},
		{"POST", "/api/plans/" + strings.Repeat("a", 65), `{"actions":[]}`, 400},
		{"GET", "/api/nothing", "", 404},
		{"GET", "/%2e%2e/%2e%2e/serve.go", "", 404},
		{"GET", "/assets", "", 404},
		{"DELETE", "/api/plan", "", 405},
		{"PUT", "/", "", 405},
	} {
		w := ask(t, h, x.method, x.target, x.body)
		if allow := w.Header().Get("Allow"); (allow == "") == (x.status == http.StatusMethodNotAllowed) {
			t.Errorf("%s %s: Allow %q", x.method, x.target, allow)
		}
		wrong(t, w, x.status, x.method+" "+x.target+" "+x.body[:min(60, len(x.body))])
	}
}

// Who listens for other machines asks all that come over a socket for the token, this
// machine as well; the page gets it from the printed address and keeps it in a cookie.
func TestTokenOverASocket(t *testing.T) {
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if Loopback(l.Addr().String()) {
		t.Errorf("%v is no address of this machine alone", l.Addr())
	}
	s := New(session(t), Options{Token: NewToken()})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	base := fmt.Sprintf("http://127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := url.Parse(s.URL(l))
	if err != nil {
		t.Fatal(err)
	}
	plain, browser := &http.Client{}, &http.Client{Jar: jar}
	defer plain.CloseIdleConnections()
	defer browser.CloseIdleConnections()
	for _, x := range []struct {
		client *http.Client
		path   string
		bearer string
		host   string
		status int
	}{
		{plain, "/api/run", "", "", http.StatusUnauthorized},
		{plain, "/", "", "", http.StatusUnauthorized},
		{plain, "/api/run", "guessed", "", http.StatusUnauthorized},
		{plain, "/?token=guessed", "", "", http.StatusUnauthorized},
		{plain, "/api/run", s.options.Token, "", http.StatusOK},
		{plain, "/api/run", s.options.Token, "elsewhere.example", http.StatusForbidden},
		{browser, "/?" + printed.RawQuery, "", "", http.StatusOK}, // redirected
		{browser, "/api/run", "", "", http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+x.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = x.host; x.bearer != "" {
			r.Header.Set("Authorization", "Bearer "+x.bearer)
		}
		w, err := x.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		if w.StatusCode != x.status || strings.Contains(w.Request.URL.String(), "token=") && w.StatusCode == http.StatusOK {
			t.Errorf("%+v: %d at %v", x, w.StatusCode, w.Request.URL)
		}
	}
}

// A comparison lists the villages that are a gap in either run, where it is asked to.
func TestComparedVillages(t *testing.T) {
	s := session(t)
	h := New(s, Options{}).Handler()
	var c struct {
		Villages []villageCompared `json:"villages"`
	}
	w := ask(t, h, http.MethodGet, "/api/compare?a=out&b=out&villages=gaps", "")
	if err := json.Unmarshal(w.Body.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Villages) != s.Summary.Counts.Gaps || len(c.Villages) == 0 {
		t.Errorf("%d villages; want the %d gaps", len(c.Villages), s.Summary.Counts.Gaps)
	}
	for _, v := range c.Villages {
		at := orb.Point{v.Longitude, v.Latitude}
		if v.Change != compare.Remains || v.ClassBefore != v.ClassAfter || !s.Run.Inputs.Bound.Contains(at) {
			t.Errorf("of a run and itself: %+v", v)
		}
	}
	c.Villages = nil
	if err := json.Unmarshal(ask(t, h, http.MethodGet, "/api/compare?a=out&b=out", "").Body.Bytes(), &c); err != nil || c.Villages != nil {
		t.Errorf("not asked for: %d villages, %v", len(c.Villages), err)
	}
	wrong(t, ask(t, h, http.MethodGet, "/api/compare?a=out&b=out&villages=all", ""), http.StatusBadRequest, "villages=all")
}

// Nothing is written or read outside the project's folder, whatever links are in it.
func TestInside(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(session(t).Run.Project.Dir())); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := run.New(p, run.Options{Workers: 1, Lang: lang.English, Reporter: progress.New(progress.None, io.Discard)})
	s, err := Open(t.Context(), r, p.Path("out"), "covgap test")
	if err != nil {
		t.Fatal(err)
	}
	h := New(s, Options{}).Handler()
	const remove = `{"actions":[{"action":"remove","site_id":"CB001"}]}`
	w := ask(t, h, http.MethodPost, "/api/plans/B%C3%A1o%20c%C3%A1o%202", remove)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"plans/Báo cáo 2.yaml"`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := ask(t, h, http.MethodGet, "/api/plans", ""); !strings.Contains(w.Body.String(), `"Báo cáo 2"`) {
		t.Errorf("saved plans: %s", w.Body)
	}
	if w := ask(t, h, http.MethodGet, "/api/compare?a=out/plan.yaml&b=plans/B%C3%A1o%20c%C3%A1o%202.yaml", ""); w.Code != http.StatusOK {
		t.Errorf("a saved plan beside that of the run: %d %s", w.Code, w.Body)
	}
	// A mast of the plan that was moved is saved with the place that it left.
	if s.Plan == nil || len(s.Plan.Proposed) == 0 {
		t.Fatal("the run has no plan with a mast")
	}
	was := s.Plan.Proposed[0]
	moved := fmt.Sprintf(`{"actions":[{"action":"new_site","site_id":%q,"template":"macro-30m-lte1800","longitude":%f,"latitude":%f}]}`, was.SiteID, was.Longitude, was.Latitude+0.004)
	if w := ask(t, h, http.MethodPost, "/api/plans/moved", moved); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	content, err := os.ReadFile(filepath.Join(dir, "plans", "moved.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	saved, err := planner.FromYAML(content, "moved.yaml", p.Plan.Templates...)
	if err != nil || len(saved.Dropped()) != 1 || saved.Dropped()[0] != was {
		t.Errorf("the place it left: %v, %v; want %v", saved, err, was)
	}
	wrong(t, ask(t, h, http.MethodPost, "/api/plans/moved", remove), http.StatusConflict, "a name that is taken")
	if there, err := os.ReadFile(filepath.Join(dir, "plans", "moved.yaml")); err != nil || !bytes.Equal(there, content) {
		t.Errorf("the plan that had the name: %s, %v", there, err)
	}
	if w := ask(t, h, http.MethodPost, "/api/plans/moved?replace=true", remove); w.Code != http.StatusOK {
		t.Errorf("replaced: %d %s", w.Code, w.Body)
	}
	if there, err := os.ReadFile(filepath.Join(dir, "plans", "moved.yaml")); err != nil || !bytes.Contains(there, []byte("action: remove")) {
		t.Errorf("replaced by %s, %v", there, err)
	}
	wrong(t, ask(t, h, http.MethodPost, "/api/plans/moved?replace=perhaps", remove), http.StatusBadRequest, "replace=perhaps")
	wrong(t, ask(t, h, http.MethodPost, "/api/plans/nobody", `{"actions":[{"action":"remove","site_id":"NOBODY"}]}`), http.StatusBadRequest, "a site that is not there")
	if found, err := filepath.Glob(filepath.Join(dir, "plans", "*.part")); err != nil || len(found) > 0 {
		t.Errorf("left behind: %v, %v", found, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "plans", "nobody.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("written though it cannot be done: %v", err)
	}
	outside := t.TempDir()
	for link, to := range map[string]string{"plans/out.yaml": filepath.Join(outside, "x.yaml"), "elsewhere": outside} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	if w := ask(t, h, http.MethodPost, "/api/plans/out", remove); w.Code == http.StatusOK {
		t.Error("written through a link")
	}
	if found, err := os.ReadDir(outside); err != nil || len(found) > 0 {
		t.Errorf("outside: %v, %v", found, err)
	}
	wrong(t, ask(t, h, http.MethodGet, "/api/compare?a=elsewhere&b=out", ""), http.StatusNotFound, "a link out of the folder")
}

func TestDates(t *testing.T) {
	sectors := []data.Sector{
		{OnAirDate: "2019-05-02"}, {OnAirDate: "2019-02", OffAirDate: "2024-02"}, {OnAirDate: "2021"}, {OnAirDate: "2023-07-01", OffAirDate: "2024-01-31"}, {},
	}
	got := dates([]data.Site{{Sectors: sectors[:2]}, {Sectors: sectors[2:]}})
	want := []string{"2019-05-02", "2021-12-31", "2023-07-01", "2024-02-29"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if none := dates(nil); none == nil || len(none) > 0 {
		t.Errorf("%v; want an empty list", none)
	}
}

// A saved what-if says what it does and costs, as "covgap plan --from FILE --keep" does
// of the same actions, and is compared with that.
func TestSavedPlanIsAppraised(t *testing.T) {
	s := session(t)
	h := New(s, Options{}).Handler()
	t.Cleanup(func() { _ = os.RemoveAll(s.Run.Project.Path(plansFolder)) }) // the folder of all tests
	const actions = `{"actions":[{"action":"new_site","site_id":"TRY-1","template":"macro-30m-lte1800","longitude":106.28,"latitude":22.63}]}`
	var saved savedShown
	decodeAnswer(t, ask(t, h, http.MethodPost, "/api/plans/tried", actions), &saved)
	if saved != (savedShown{File: "plans/tried.yaml"}) {
		t.Errorf("%+v", saved)
	}
	var whatif answer.WhatIf
	decodeAnswer(t, ask(t, h, http.MethodPost, "/api/whatif", actions), &whatif)
	var d planner.Difference
	decodeAnswer(t, ask(t, h, http.MethodGet, "/api/compare?a=out/plan.yaml&b=plans/tried.yaml", ""), &d)
	if whatif.VillagesGained == 0 {
		t.Fatal("the mast gains no village")
	}
	b := d.After
	if b.Villages == nil || *b.Villages != whatif.VillagesGained || *b.PeopleNew < 1 || *b.Cost <= 0 || *b.LifetimeCost <= *b.Cost {
		t.Errorf("compared: %+v; the what-if gains %d villages and %v people", b, whatif.VillagesGained, whatif.PeopleGained)
	}
	if len(d.Basis) != 0 {
		t.Errorf("differs in %v", d.Basis)
	}
	content, err := os.ReadFile(s.Run.Project.Path("plans/tried.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	from, err := planner.FromYAML(content, "tried.yaml", s.Run.Project.Plan.Templates...)
	if err != nil {
		t.Fatal(err)
	}
	again := run.New(s.Run.Project, run.Options{Workers: 2, Seed: 1, Lang: lang.English, Reporter: s.Run.Options.Reporter, From: from, Keep: true})
	for _, step := range []func(context.Context) error{again.Check, again.ComputeCoverage, again.FindGaps, again.MakePlan} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p := again.Plan; p.Cost != *b.Cost || p.LifetimeCost != *b.LifetimeCost || p.PeopleNew != *b.PeopleNew || p.VillagesServed != *b.Villages {
		t.Errorf("compared: %+v; the plan that keeps it: %d villages and %v people for %v", b, p.VillagesServed, p.PeopleNew, p.Cost)
	}

	// A kind that no plan prices is saved, and has no figures.
	decodeAnswer(t, ask(t, h, http.MethodPost, "/api/plans/removed", `{"actions":[{"action":"remove","site_id":"CB001"}]}`), &saved)
	if !strings.Contains(saved.Unappraised, "remove") {
		t.Errorf("%+v", saved)
	}
	d = planner.Difference{}
	decodeAnswer(t, ask(t, h, http.MethodGet, "/api/compare?a=plans/tried.yaml&b=plans/removed.yaml", ""), &d)
	if a := d.After; a.Unappraised != 1 || a.Cost != nil || a.Villages != nil || a.PeopleNew != nil || d.Gained != nil || d.Lost != nil || len(d.Basis) != 0 {
		t.Errorf("without figures: %+v, villages lost %v, differs in %v", a, d.Lost, d.Basis)
	}
}

// decodeAnswer reads an answer that must be one.
func decodeAnswer(t *testing.T, w *httptest.ResponseRecorder, into any) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// One request of a lane computes at a time; too many are told so, and who goes away
// leaves the queue.
func TestLane(t *testing.T) {
	l := newLane(time.Minute)
	_, done, err := l.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	waiting := make(chan error, laneQueue)
	for range laneQueue {
		go func() {
			_, _, err := l.turn(gone)
			waiting <- err
		}()
	}
	for len(l.waiting) < 1+laneQueue {
		time.Sleep(time.Millisecond)
	}
	if _, _, err := l.turn(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	leave()
	for range laneQueue {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("gone: %v", err)
		}
	}
	done()
	if len(l.waiting) != 0 || len(l.turns) != 0 {
		t.Errorf("%d wait, %d compute", len(l.waiting), len(l.turns))
	}
	short := newLane(time.Millisecond)
	ctx, done, err := short.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	done()
}

// serving has a server answer on an address of its own; stop tells it to end, and gives
// what it ended with.
func serving(t *testing.T) (s *Server, l net.Listener, stop func() error) {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s = New(session(t), Options{})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return s, l, func() error {
		cancel()
		return <-ended
	}
}

// The server stops when it is told to, and lets go of its address.
func TestStops(t *testing.T) {
	s, l, stop := serving(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL(l)+"api/run", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answered, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answered.Body); err != nil || answered.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", answered.Status, err)
	}
	if err := answered.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
	var config net.ListenConfig
	if l, err = config.Listen(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatalf("the address is still taken: %v", err)
	}
	_ = l.Close() // it was there to be had
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "localhost:80": true, "[::1]:80": true, "127.9.9.9:0": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "192.168.1.5:80": false, "example.org:80": false, "nonsense": false,
	} {
		if Loopback(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}

// malformed makes a request that nobody who means well sends, with a fixed seed.
func malformed(rnd *rand.Rand) (method, target, body string, headers []string) {
	junk := func(n int) string {
		b := make([]byte, rnd.IntN(n))
		for i := range b {
			b[i] = byte(rnd.IntN(256))
		}
		return string(b)
	}
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	paths := []string{"/", "/api/run", "/api/explain", "/api/profile", "/api/profile.csv", "/api/place", "/api/snap", "/api/compare", "/api/whatif", "/api/plan", "/api/plans", "/api/plans/x", "/api/frontier", "/tiles/hexes/", "/tiles/terrain/", "/tiles/relief/", "/tiles/features/"}
	target = pick(paths...)
	if strings.HasPrefix(target, "/tiles") {
		target += pick("0", "-1", "99", "8", "1e9", "%00") + "/" + pick("0", "4294967296", "203", "x") + "/" + pick("0.mvt", "0.png", "111.mvt", ".mvt", "x", "1.mvt.mvt")
	}
	if rnd.IntN(3) == 0 {
		target += pick("/../../etc/passwd", "%2f..%2f", "//", "/%ff", "\x00", "?"+junk(20), "/"+junk(20))
	}
	var query []string
	for range rnd.IntN(4) {
		query = append(query, pick("village", "hex", "site", "at", "from", "to", "lon", "lat", "radius_m", "q", "a", "b", "dates", "tx_height_m", "v", "layer")+"="+
			url.QueryEscape(pick("", "NaN", "-1", "1e308", "106.2,22.6", "999,999", "8a", "01279-1", "CB001", "..", "/etc", "out", junk(30), strings.Repeat("9", rnd.IntN(400)))))
	}
	if query != nil {
		target += "?" + strings.Join(query, "&")
	}
	method = pick("GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "FOO")
	body = pick("", "{}", "[]", "null", `{"actions":null}`, `{"actions":[{}]}`, `{"actions":[{"action":"new_site","longitude":1e999}]}`, `{"objective":{"goal":"count","count":-1}}`,
		`{"actions":[{"action":"raise","site_id":"CB001","antenna_height_m":-5}]}`, strings.Repeat("[", 5000), junk(200), `{"actions":`+junk(40)+`}`)
	for range rnd.IntN(3) {
		headers = append(headers, pick("Host", "Origin", "Cookie", "Accept-Encoding", "If-None-Match", "Content-Type", "Authorization", "Sec-Fetch-Site", "Range"),
			pick("", "null", "127.0.0.1:8470", "application/json", "gzip", "*", "bytes=0-1,5-3", strings.ToValidUTF8(junk(40), "?")))
	}
	return method, target, body, headers
}

// survives asks something and says what is wrong with the answer: a defect, or what is
// no answer.
func survives(t testing.TB, h http.Handler, log *bytes.Buffer, method, target, body string, headers ...string) {
	t.Helper()
	w := ask(t, h, method, target, body, headers...)
	if w.Code >= 500 || w.Code < 200 || log.Len() > 0 {
		t.Fatalf("%q %q %q %q: %d %s\n%s", method, target, body, headers, w.Code, w.Body, log)
	}
}

func TestMalformedRequests(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 2_000
	}
	var log bytes.Buffer
	h := New(session(t), Options{Log: &log}).Handler()
	rnd := rand.New(rand.NewPCG(8, 8))
	for range n {
		method, target, body, headers := malformed(rnd)
		survives(t, h, &log, method, target, body, headers...)
	}
	if w := ask(t, h, http.MethodGet, "/api/run", ""); w.Code != http.StatusOK {
		t.Errorf("after it: %d", w.Code)
	}
}

// What is no HTTP is no harm either.
func TestMalformedConnections(t *testing.T) {
	_, l, stop := serving(t)
	rnd := rand.New(rand.NewPCG(9, 9))
	var dialer net.Dialer
	for i := range 200 {
		c, err := dialer.DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, rnd.IntN(300))
		for k := range b {
			b[k] = byte(rnd.IntN(256))
		}
		if i%3 == 0 {
			b = append([]byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n"), b...)
		}
		_, _ = c.Write(b) // the server may have hung up
		_ = c.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func FuzzRequest(f *testing.F) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 20 {
		method, target, body, _ := malformed(rnd)
		f.Add(method, target, body)
	}
	f.Add("POST", "/api/whatif", `{"actions":[{"action":"remove","site_id":"CB001"}],"hexes":"level"}`)
	f.Add("GET", "/api/explain?village=01279-1", "")
	var log bytes.Buffer
	h := New(session(f), Options{Log: &log}).Handler()
	f.Fuzz(func(t *testing.T, method, target, body string) { survives(t, h, &log, method, target, body) })
}
