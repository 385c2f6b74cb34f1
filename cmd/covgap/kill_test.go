package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covgap/covgap/cmd/covgap/run"
	"github.com/google/go-cmp/cmp"
)

// crowdedProject is the small project with more base stations, so that its sweeps take
// a while.
func crowdedProject(t *testing.T) (dir string) {
	t.Helper()
	dir = smallProject(t)
	var sites strings.Builder
	sites.WriteString("site_id,longitude,latitude,operator,technology,frequency_mhz,antenna_height_m,azimuth_deg,power_dbm\n")
	for i := range 12 {
		fmt.Fprintf(&sites, "X%02d,%.4f,%.4f,Viettel,LTE,1842.5,%d,%d,43\n", i, 106.18+0.02*float64(i%4), 22.60+0.02*float64(i/4), 20+i%3*10, i%3*120)
	}
	if err := os.WriteFile(filepath.Join(dir, "sites.csv"), []byte(sites.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A process that is killed (SIGKILL: nothing can be tidied up) at whatever moment leaves
// a project in which the same command ends with the same bytes.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	t.Parallel()
	undisturbed := crowdedProject(t)
	began := time.Now()
	must(t, "coverage", "-q", "-p", undisturbed)
	took := time.Since(began)
	want := digests(t, filepath.Join(undisturbed, "out"))

	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 9))
	t.Logf("seed %d; a run undisturbed takes %v", seed, took)
	dir := crowdedProject(t)
	out, store := filepath.Join(dir, "out"), filepath.Join(dir, ".covgap")
	killed := 0
	for i := range 6 {
		if i%4 == 3 {
			if err := os.RemoveAll(store); err != nil {
				t.Fatal(err)
			}
		}
		covgap := exec.Command("covgap", "coverage", "-q", "-p", dir, "--jobs", []string{"1", "2", "4"}[i%3])
		if err := covgap.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Float64() * float64(took)))
		if err := covgap.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := covgap.Wait(); err == nil {
			continue // it was quicker
		}
		killed++
		if _, err := os.Stat(filepath.Join(out, run.FileRun)); err == nil {
			t.Errorf("killed with %d sweeps in the store: the folder has a run.json", stored(store))
		}
	}
	must(t, "coverage", "-q", "-p", dir)
	if diff := cmp.Diff(want, digests(t, out)); diff != "" {
		t.Errorf("outputs differ from those undisturbed (-undisturbed +after %d kills):\n%s", killed, diff)
	}
	if killed == 0 {
		t.Error("every run ended before it was killed; the test sees nothing")
	}
}
