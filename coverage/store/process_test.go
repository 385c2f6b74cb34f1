package store

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
)

// What the test binary does in place of the tests, in the store that the folder names.
const (
	doEnv  = "COVGAP_STORE_TEST"
	dirEnv = "COVGAP_STORE_TEST_DIR"
)

func TestMain(m *testing.M) {
	do := map[string]func(dir string) error{"write": hang, "share": share}[os.Getenv(doEnv)]
	if do == nil {
		os.Exit(m.Run())
	}
	if err := do(os.Getenv(dirEnv)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hang is in the middle of a Put until its input ends or it is killed.
func hang(dir string) error {
	lock := flock.New(filepath.Join(dir, lockName))
	if err := lock.RLock(); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Join(dir, "00"), tempPrefix+"*")
	if err != nil {
		return err
	}
	fmt.Println(f.Name())
	_, err = io.Copy(f, os.Stdin)
	return err
}

// sharedNames are the entries that several processes put and get at once, more than fit.
const sharedNames, sharedLimit = 8, 5 * 1000

// share puts and gets entries that other processes put and get too.
func share(dir string) error {
	s, err := Open(dir, sharedLimit)
	if err != nil {
		return err
	}
	for i := range 200 {
		name := string(rune('a' + (i*i+os.Getpid())%sharedNames))
		want := bytes.Repeat([]byte(name), 900)
		if got, ok := s.Get(key(name)); ok && !bytes.Equal(got, want) {
			return fmt.Errorf("%s: wrong content", name)
		}
		if err := s.Put(key(name), want); err != nil {
			return err
		}
	}
	return nil
}

// process gives another process of the test binary.
func process(t *testing.T, do, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), doEnv+"="+do, dirEnv+"="+dir)
	return cmd
}

// What a process is writing stays while it lives, and goes with the next Put of a store
// opened after it was killed. An entry that another process put is there at once.
func TestUnfinishedOfProcesses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "00"), 0o777); err != nil {
		t.Fatal(err)
	}
	writer := process(t, "write", dir)
	in, err := writer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }() // it ends the process where the test did not
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	unfinished := strings.TrimSpace(line)

	s, other := mustOpen(t, dir, 0), mustOpen(t, dir, 0)
	if len(s.unfinished) != 1 {
		t.Fatalf("unfinished: %v", s.unfinished)
	}
	mustPut(t, s, "a", []byte("a")) // does not wait for the other's
	if _, err := os.Stat(unfinished); err != nil {
		t.Errorf("the file of a process at work is gone: %v", err)
	}
	if got, ok := other.Get(key("a")); !ok || string(got) != "a" {
		t.Errorf("got %q, %v; want what was put since the store was opened", got, ok)
	}

	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Wait() // killed
	s = mustOpen(t, dir, 0)
	if _, ok := s.Get(key("a")); !ok {
		t.Error("the entry is gone")
	}
	if _, err := os.Stat(unfinished); err != nil {
		t.Errorf("who only reads removed it: %v", err)
	}
	mustPut(t, s, "b", []byte("b"))
	if _, err := os.Stat(unfinished); !os.IsNotExist(err) {
		t.Error("the file of a process that was killed stays")
	}
}

// Processes that put and get the same entries, and remove them to keep the limit, never
// see a wrong one and never fail.
func TestProcessesShare(t *testing.T) {
	dir := t.TempDir()
	var all [4]*exec.Cmd
	var said [len(all)]bytes.Buffer
	for i := range all {
		all[i] = process(t, "share", dir)
		all[i].Stderr = &said[i]
		if err := all[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, &said[i])
		}
	}
	s := mustOpen(t, dir, sharedLimit)
	if len(s.unfinished) > 0 {
		t.Errorf("unfinished files left: %v", s.unfinished)
	}
	mustPut(t, s, "last", nil)
	if s = mustOpen(t, dir, 0); s.sizeBytes > sharedLimit || len(s.entries) < 2 {
		t.Errorf("%d bytes in %d entries, limit %d", s.sizeBytes, len(s.entries), sharedLimit)
	}
}
