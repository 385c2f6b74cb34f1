// Package store keeps results that can be computed again: files in a folder, each
// under the key of what it was computed from, up to a total size. Whatever is
// missing, damaged or removed costs time, never a wrong number.
package store

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Key identifies an entry: a digest of everything its content depends on.
type Key [sha256.Size]byte

// String gives the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// An entry's file holds a magic number that names this layout, the digest of key
// and content together, and the content.
const (
	magic      = "covgap-store-1\n"
	headerSize = len(magic) + sha256.Size
	suffix     = ".entry"
	tempPrefix = "unfinished-"
)

// lockName is the file that who writes an entry holds a shared lock on, and who removes
// unfinished files an exclusive one: those that are there then are of processes that died.
const lockName = "unfinished.lock"

// Store is a folder of entries. It is safe for concurrent use, by any number of
// processes: an entry appears whole, and whoever puts one of a key puts the same content.
type Store struct {
	dir      string
	capBytes int64

	mu         sync.Mutex
	entries    map[Key]*list.Element // of *entry
	byUse      *list.List            // least recently used first
	sizeBytes  int64
	unfinished []string // found when the store was opened, until it is seen to them
}

type entry struct {
	key       Key
	sizeBytes int64
}

// Open opens the folder dir, which need not be there, and changes nothing in it. Once
// the files together exceed capBytes, a Put removes those unused for the longest time; 0
// stands for no limit. What other processes put since counts when the store is opened
// again.
func Open(dir string, capBytes int64) (*Store, error) {
	if capBytes < 0 {
		return nil, fmt.Errorf("store: size limit of %d bytes; expected 0 or more", capBytes)
	}
	s := &Store{dir: dir, capBytes: capBytes, entries: map[Key]*list.Element{}, byUse: list.New()}
	if err := s.scan(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return s, nil
}

// scan takes stock of the folder.
func (s *Store) scan() error {
	type found struct {
		entry
		used time.Time
	}
	var all []found
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no store yet, or another process took it away
		}
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), tempPrefix) {
			s.unfinished = append(s.unfinished, path)
			return nil
		}
		k, ok := parseName(d.Name())
		if !ok || path != s.path(k) {
			return nil // not ours
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		all = append(all, found{entry{k, info.Size()}, info.ModTime()})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b found) int {
		if c := a.used.Compare(b.used); c != 0 {
			return c
		}
		return bytes.Compare(a.key[:], b.key[:])
	})
	for _, f := range all {
		s.count(f.key, f.sizeBytes)
	}
	return nil
}

// count takes an entry into the account, as the one used last. The caller holds mu, or
// is alone.
func (s *Store) count(k Key, sizeBytes int64) {
	s.forget(k)
	s.entries[k] = s.byUse.PushBack(&entry{k, sizeBytes})
	s.sizeBytes += sizeBytes
}

// forget takes an entry out of the account. The caller holds mu, or is alone.
func (s *Store) forget(k Key) {
	if el := s.entries[k]; el != nil {
		s.byUse.Remove(el)
		delete(s.entries, k)
		s.sizeBytes -= el.Value.(*entry).sizeBytes
	}
}

func parseName(name string) (k Key, ok bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) != 2*len(k) {
		return k, false
	}
	_, err := hex.Decode(k[:], []byte(digits))
	return k, err == nil
}

// path spreads the entries over 256 folders.
func (s *Store) path(k Key) string {
	name := k.String()
	return filepath.Join(s.dir, name[:2], name+suffix)
}

// Get gives the content of an entry. There is none when it was never put, was
// removed to keep the size, cannot be read, or is damaged; a damaged file is
// removed.
func (s *Store) Get(k Key) (content []byte, ok bool) {
	path := s.path(k)
	file, err := os.ReadFile(path)
	if err == nil {
		content, ok = open(k, file)
	}
	if ok {
		now := time.Now()
		// Only the order in which entries leave depends on it, and a read-only
		// folder is no reason to fail.
		_ = os.Chtimes(path, now, now)
	} else if err == nil {
		_ = os.Remove(path) // what cannot be removed stays damaged and is found so again
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		s.forget(k)
		return nil, false
	}
	s.count(k, int64(len(file)))
	return content, true
}

// Put keeps content under k in place of what was there. Content larger than the
// limit is not kept.
func (s *Store) Put(k Key, content []byte) error {
	size := int64(headerSize + len(content))
	if s.capBytes > 0 && size > s.capBytes {
		return nil
	}
	if err := s.write(k, content); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(k, size)
	s.shrink()
	return nil
}

// write makes the file of an entry.
func (s *Store) write(k Key, content []byte) (err error) {
	path := s.path(k)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	if err := s.tidy(); err != nil {
		return err
	}
	// A lock of its own each time: held no longer than a file is written.
	lock := flock.New(filepath.Join(s.dir, lockName))
	if err := lock.RLock(); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() {
		if uerr := lock.Unlock(); err == nil {
			err = uerr
		}
	}()
	err = writeFile(path, seal(k, content))
	if err == nil {
		return nil
	}
	// Where a file that is read cannot be replaced (Windows), what another process put
	// will do.
	if file, rerr := os.ReadFile(path); rerr == nil {
		if there, ok := open(k, file); ok && bytes.Equal(there, content) {
			return nil
		}
	}
	return err
}

// tidy removes what processes that died left unfinished when the store was opened. While
// another process writes an entry it is left for who opens the store next.
func (s *Store) tidy() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unfinished) == 0 {
		return nil
	}
	lock := flock.New(filepath.Join(s.dir, lockName))
	// An entry takes milliseconds.
	ctx, cancel := context.WithTimeout(context.Background(), tidyTimeout)
	defer cancel()
	alone, err := lock.TryLockContext(ctx, tidyTimeout/100)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	if alone {
		for _, path := range s.unfinished {
			_ = os.Remove(path) // finished meanwhile, or to be found again
		}
	}
	s.unfinished = nil
	return lock.Unlock()
}

// tidyTimeout is how long the first Put waits until no other process is just writing.
const tidyTimeout = 200 * time.Millisecond

// writeFile makes the file appear whole or not at all.
func writeFile(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error says what is wrong
		}
	}()
	if _, err = f.Write(content); err != nil {
		_ = f.Close() // the first error says what is wrong
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// shrink removes the least recently used entries until the limit is kept. The
// caller holds mu.
func (s *Store) shrink() {
	for s.capBytes > 0 && s.sizeBytes > s.capBytes {
		k := s.byUse.Front().Value.(*entry).key
		s.forget(k)
		// Removed already, or read by another process where that keeps it (Windows):
		// then it counts when the store is opened again.
		_ = os.Remove(s.path(k))
	}
}

func seal(k Key, content []byte) []byte {
	sum := digest(k, content)
	file := make([]byte, 0, headerSize+len(content))
	file = append(file, magic...)
	file = append(file, sum[:]...)
	return append(file, content...)
}

func open(k Key, file []byte) (content []byte, ok bool) {
	if len(file) < headerSize || string(file[:len(magic)]) != magic {
		return nil, false
	}
	content = file[headerSize:]
	sum := digest(k, content)
	return content, bytes.Equal(sum[:], file[len(magic):headerSize])
}

// digest covers the key too, so that a file under another's name is damaged.
func digest(k Key, content []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(k[:])
	h.Write(content)
	h.Sum(sum[:0])
	return sum
}
