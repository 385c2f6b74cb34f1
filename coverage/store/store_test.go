package store

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func key(s string) Key { return sha256.Sum256([]byte(s)) }

func mustOpen(t *testing.T, dir string, capBytes int64) *Store {
	t.Helper()
	s, err := Open(dir, capBytes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// has says whether there is an entry of that key, in the account and on disk alike.
func has(t *testing.T, s *Store, k Key) bool {
	t.Helper()
	_, err := os.Stat(s.path(k))
	if counted := s.entries[k] != nil; counted != (err == nil) {
		t.Errorf("counted: %v, on disk: %v", counted, err == nil)
	}
	return err == nil
}

func mustPut(t *testing.T, s *Store, name string, content []byte) {
	t.Helper()
	if err := s.Put(key(name), content); err != nil {
		t.Fatal(err)
	}
}

func TestPutGet(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	if _, ok := s.Get(key("a")); ok {
		t.Error("an empty store has an entry")
	}
	mustPut(t, s, "a", []byte("first"))
	mustPut(t, s, "a", []byte("second"))
	mustPut(t, s, "empty", nil)
	for range 2 { // as it is, and opened again
		if got, ok := s.Get(key("a")); !ok || string(got) != "second" {
			t.Errorf("got %q, %v; want the last content", got, ok)
		}
		if got, ok := s.Get(key("empty")); !ok || len(got) != 0 {
			t.Errorf("got %q, %v; want an empty content", got, ok)
		}
		if got, want := s.sizeBytes, int64(2*headerSize+len("second")); got != want {
			t.Errorf("size %d bytes, want %d", got, want)
		}
		s = mustOpen(t, dir, 0)
	}
	if left := names(t, dir, tempPrefix); len(left) > 0 {
		t.Errorf("unfinished files left: %v", left)
	}
}

func names(t *testing.T, dir, prefix string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDamage(t *testing.T) {
	content := bytes.Repeat([]byte("terrain"), 100)
	for name, damage := range map[string]func(path string) error{
		"a bit":         func(path string) error { return flip(path, headerSize+50) },
		"the digest":    func(path string) error { return flip(path, len(magic)+3) },
		"another magic": func(path string) error { return flip(path, 3) },
		"cut short":     func(path string) error { return os.Truncate(path, int64(headerSize+10)) },
		"no header":     func(path string) error { return os.Truncate(path, 5) },
		"empty":         func(path string) error { return os.Truncate(path, 0) },
		"removed":       os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, 0)
			mustPut(t, s, "a", content)
			if err := damage(s.path(key("a"))); err != nil {
				t.Fatal(err)
			}
			if got, ok := s.Get(key("a")); ok {
				t.Fatalf("got %q from a damaged file", got)
			}
			if has(t, s, key("a")) || s.sizeBytes != 0 {
				t.Error("the damaged entry is still there")
			}
			mustPut(t, s, "a", content)
			if got, ok := s.Get(key("a")); !ok || !bytes.Equal(got, content) {
				t.Error("it cannot be put again")
			}
		})
	}
}

func flip(path string, at int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[at] ^= 1
	return os.WriteFile(path, b, 0o666)
}

func TestRenamedEntry(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 0)
	mustPut(t, s, "a", []byte("a's content"))
	mustPut(t, s, "b", []byte("b's content"))
	if err := os.Rename(s.path(key("a")), s.path(key("b"))); err != nil {
		t.Fatal(err)
	}
	if got, ok := s.Get(key("b")); ok {
		t.Errorf("another key's file gives %q", got)
	}
}

func TestLimit(t *testing.T) {
	dir := t.TempDir()
	content := make([]byte, 1000)
	limit := int64(3 * (headerSize + len(content)))
	s := mustOpen(t, dir, limit)
	for _, name := range []string{"a", "b", "c"} {
		mustPut(t, s, name, content)
	}
	if _, ok := s.Get(key("a")); !ok { // now b is the one unused for longest
		t.Fatal("a left below the limit")
	}
	mustPut(t, s, "d", content)
	for name, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if got := has(t, s, key(name)); got != want {
			t.Errorf("%s kept: %v, want %v", name, got, want)
		}
	}
	if s.sizeBytes > limit {
		t.Errorf("%d bytes, limit %d", s.sizeBytes, limit)
	}
	mustPut(t, s, "too large", make([]byte, limit))
	if has(t, s, key("too large")) || !has(t, s, key("d")) {
		t.Error("content beyond the limit took the place of others")
	}

	// Opened again with a lower limit, by the times of the files' last use.
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range []string{"c", "a", "d"} {
		at := old.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(s.path(key(name)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	s = mustOpen(t, dir, limit/3+int64(headerSize))
	if !has(t, s, key("c")) || !has(t, s, key("a")) {
		t.Error("opening removed entries")
	}
	mustPut(t, s, "e", nil)
	if has(t, s, key("c")) || has(t, s, key("a")) || !has(t, s, key("d")) || !has(t, s, key("e")) {
		t.Error("the entries used last should be those that stay")
	}
}

// Opening changes nothing, not even a folder that is not there; what is beyond the limit
// or unfinished goes with the first Put.
func TestTidy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := mustOpen(t, dir, 0)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("opening made the folder")
	}
	mustPut(t, s, "a", []byte("a"))
	unfinished := filepath.Join(filepath.Dir(s.path(key("a"))), tempPrefix+"123")
	foreign := filepath.Join(dir, "README")
	for _, path := range []string{unfinished, foreign} {
		if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s = mustOpen(t, dir, int64(headerSize)) // room for an empty entry
	if _, err := os.Stat(unfinished); err != nil || !has(t, s, key("a")) {
		t.Error("opening changed the folder")
	}
	mustPut(t, s, "b", nil)
	if has(t, s, key("a")) || !has(t, s, key("b")) {
		t.Error("an entry beyond the limit stayed")
	}
	if _, err := os.Stat(unfinished); !os.IsNotExist(err) {
		t.Error("an unfinished file stayed")
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("a file that is not the store's was touched")
	}
	if _, err := Open(dir, -1); err == nil {
		t.Error("a negative limit is accepted")
	}
}

func TestConcurrentUse(t *testing.T) {
	content := bytes.Repeat([]byte{7}, 500)
	s := mustOpen(t, t.TempDir(), int64(4*(headerSize+len(content))))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				name := string(rune('a' + (i+w)%8))
				if err := s.Put(key(name), content); err != nil {
					t.Error(err)
				}
				if got, ok := s.Get(key(name)); ok && !bytes.Equal(got, content) {
					t.Error("wrong content")
				}
			}
		})
	}
	wg.Wait()
	if s.sizeBytes > s.capBytes {
		t.Errorf("%d bytes, limit %d", s.sizeBytes, s.capBytes)
	}
}
