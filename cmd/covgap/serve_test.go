package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/covgap/covgap/cmd/covgap/lang"
	"github.com/covgap/covgap/cmd/covgap/progress"
	"github.com/covgap/covgap/cmd/covgap/project"
	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/covgap/covgap/cmd/covgap/serve"
	"github.com/covgap/covgap/planner"
	"github.com/google/go-cmp/cmp"
)

// The server answers with the bytes that the command line prints.
func TestServeAnswersAsTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/small")); err != nil {
		t.Fatal(err)
	}
	if err := writeSmallTerrain(filepath.Join(dir, "dem.tif"), groundM); err != nil {
		t.Fatal(err)
	}
	covgap := func(args ...string) []byte {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := Main(context.Background(), append(args, "-p", dir, "--progress", "none"), &stdout, &stderr); code != exitOK {
			t.Fatalf("covgap %s: %d\n%s", strings.Join(args, " "), code, &stderr)
		}
		return stdout.Bytes()
	}
	covgap("run")
	covgap("run", "--budget", "400000", "-o", filepath.Join(dir, "budget"))

	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := run.New(p, run.Options{Workers: 2, Seed: 1, Lang: lang.English, Reporter: progress.New(progress.None, io.Discard)})
	session, err := serve.Open(t.Context(), r, p.Path("out"), programName())
	if err != nil {
		t.Fatal(err)
	}
	handler := serve.New(session, serve.Options{}).Handler()
	ask := func(method, target, body string) []byte {
		t.Helper()
		q := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+target, strings.NewReader(body))
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, q)
		if w.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}

	actions := `[{"action":"new_site","site_id":"N1","template":"macro-30m-lte1800","longitude":106.28,"latitude":22.63},{"action":"raise","site_id":"CB001","antenna_height_m":45}]`
	file := filepath.Join(dir, "actions.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nactions: "+actions+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	whatif := covgap("whatif", file, "--json")
	if !bytes.Contains(whatif, []byte(`"villages_gained": `)) || bytes.Contains(whatif, []byte(`"villages": []`)) {
		t.Fatalf("a what-if that changes nothing: %s", whatif)
	}
	for _, x := range []struct {
		name           string
		command        []byte
		method, target string
		body           string
	}{
		{"village", covgap("explain", "village", "01279-1", "--json"), "GET", "/api/explain?village=01279-1", ""},
		{"village by name", covgap("explain", "village", "khuoi deng", "--json"), "GET", "/api/explain?village=khuoi+deng", ""},
		{"hex", covgap("explain", "hex", "106.22,22.64", "--json"), "GET", "/api/explain?at=106.22,22.64", ""},
		{"site", covgap("explain", "site", "CB001", "--json"), "GET", "/api/explain?site=CB001", ""},
		{"profile", covgap("profile", "CB001", "01279-1", "--json"), "GET", "/api/profile?from=CB001&to=01279-1", ""},
		{"profile of points", covgap("profile", "106.20,22.62", "106.3,22.66", "--frequency-mhz", "700", "--tx-height-m", "45", "--json"),
			"GET", "/api/profile?from=106.20,22.62&to=106.3,22.66&frequency_mhz=700&tx_height_m=45", ""},
		{"samples", covgap("profile", "CB001", "01279-1", "--csv"), "GET", "/api/profile.csv?from=CB001&to=01279-1", ""},
		{"what-if", whatif, "POST", "/api/whatif", `{"actions":` + actions + `}`},
		{"runs", covgap("compare", filepath.Join(dir, "out"), filepath.Join(dir, "budget"), "--json"), "GET", "/api/compare?a=out&b=budget", ""},
		{"plans", covgap("compare", filepath.Join(dir, "out", "plan.yaml"), filepath.Join(dir, "budget", "plan.yaml"), "--json"),
			"GET", "/api/compare?a=out/plan.yaml&b=budget/plan.yaml", ""},
		{"dates", covgap("compare", "--dates", "2022-06-30,2025-08-31", "--json"), "GET", "/api/compare?dates=2022-06-30,2025-08-31", ""},
	} {
		if diff := cmp.Diff(string(x.command), string(ask(x.method, x.target, x.body))); diff != "" {
			t.Errorf("%s (-command line +server)\n%s", x.name, diff)
		}
	}

	// The hexes of a what-if come beside what the command line says.
	var with struct {
		Hexes struct {
			Features []json.RawMessage `json:"features"`
		} `json:"hexes"`
	}
	shown := ask("POST", "/api/whatif", `{"actions":`+actions+`,"hexes":"level"}`)
	if err := json.Unmarshal(shown, &with); err != nil || len(with.Hexes.Features) == 0 {
		t.Errorf("%d hexes, %v", len(with.Hexes.Features), err)
	}
	head := bytes.TrimSuffix(whatif, []byte("\n}\n"))
	if !bytes.HasPrefix(shown, head) {
		t.Error("with hexes the rest differs")
	}

	// A plan for another objective is the one that covgap plan writes.
	var plan planner.Plan
	if err := json.Unmarshal(ask("POST", "/api/plan", `{"objective":{"goal":"budget","budget":400000}}`), &plan); err != nil {
		t.Fatal(err)
	}
	var written planner.Plan
	content, err := os.ReadFile(filepath.Join(dir, "budget", run.FilePlanYAML))
	if err != nil {
		t.Fatal(err)
	}
	if read, err := planner.FromYAML(content, "plan.yaml"); err != nil {
		t.Fatal(err)
	} else {
		written = *read
	}
	// As text: JSON leaves out what is empty.
	a, errA := written.ToYAML()
	b, errB := plan.ToYAML()
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if diff := cmp.Diff(string(a), string(b)); diff != "" {
		t.Errorf("plan (-command line +server)\n%s", diff)
	}
}

// covgap serve prints an address, answers there, tells of an address in use, and ends
// with 0 when it is stopped.
func TestServeCommand(t *testing.T) {
	t.Parallel()
	dirs := [2]string{t.TempDir(), t.TempDir()}
	for _, dir := range dirs {
		if err := os.CopyFS(dir, os.DirFS("testdata/small")); err != nil {
			t.Fatal(err)
		}
		if err := writeSmallTerrain(filepath.Join(dir, "dem.tif"), groundM); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		if code := Main(t.Context(), []string{"gaps", "-p", dir, "-q"}, io.Discard, &stderr); code != exitOK {
			t.Fatalf("covgap gaps: %d\n%s", code, &stderr)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- Main(ctx, []string{"serve", "-p", dirs[0], "--listen", "127.0.0.1:0", "--json"}, in, &stderr)
	}()
	var address struct {
		URL string `json:"url"`
	}
	if err := json.NewDecoder(out).Decode(&address); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address.URL+"api/run", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(w.Body); err != nil || w.StatusCode != http.StatusOK || !bytes.Contains(b, []byte(`"Two communes and a ridge"`)) {
		t.Errorf("%s: %v\n%s", w.Status, err, b)
	}
	if err := w.Body.Close(); err != nil {
		t.Error(err)
	}
	var taken bytes.Buffer
	if code := Main(t.Context(), []string{"serve", "-p", dirs[1], "--listen", strings.TrimSuffix(strings.TrimPrefix(address.URL, "http://"), "/")}, io.Discard, &taken); code != exitMissing || !strings.Contains(taken.String(), "is in use") {
		t.Errorf("an address in use: %d %s", code, &taken)
	}
	stop()
	if got := <-code; got != exitOK {
		t.Errorf("stopped with %d\n%s", got, &stderr)
	}
}
