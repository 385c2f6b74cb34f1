// Package store keeps results that can be computed again: files in a folder, each
// under the key of what it was computed from, up to a total size. Whatever is
// missing, damaged or removed costs time, never a wrong number.
package store

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
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

// Store is a folder of entries. It is safe for concurrent use within one process;
// two processes must not share a folder.
type Store struct {
	dir      string
	capBytes int64

	mu        sync.Mutex
	entries   map[Key]*list.Element // of *entry
	byUse     *list.List            // least recently used first
	sizeBytes int64
}

type entry struct {
	key       Key
	sizeBytes int64
}

// Open opens the folder dir, made when it is not there. Once the files together
// exceed capBytes, those unused for the longest time are removed; 0 stands for no
// limit.
func Open(dir string, capBytes int64) (*Store, error) {
	if capBytes < 0 {
		return nil, fmt.Errorf("store: size limit of %d bytes; expected 0 or more", capBytes)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{dir: dir, capBytes: capBytes, entries: map[Key]*list.Element{}, byUse: list.New()}
	if err := s.scan(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, s.shrink()
}

// scan takes stock of the folder and removes what an interrupted Put left.
func (s *Store) scan() error {
	type found struct {
		entry
		used time.Time
	}
	var all []found
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), tempPrefix) {
			return os.Remove(path)
		}
		k, ok := parseName(d.Name())
		if !ok || path != s.path(k) {
			return nil // not ours
		}
		info, err := d.Info()
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
		s.entries[f.key] = s.byUse.PushBack(&f.entry)
		s.sizeBytes += f.sizeBytes
	}
	return nil
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

// SizeBytes gives the size of all files together.
func (s *Store) SizeBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sizeBytes
}

// Has says whether there is an entry of that key, without reading it.
func (s *Store) Has(k Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[k] != nil
}

// Get gives the content of an entry. There is none when it was never put, was
// removed to keep the size, cannot be read, or is damaged; a damaged file is
// removed.
func (s *Store) Get(k Key) (content []byte, ok bool) {
	s.mu.Lock()
	el := s.entries[k]
	if el != nil {
		s.byUse.MoveToBack(el)
	}
	s.mu.Unlock()
	if el == nil {
		return nil, false
	}
	path := s.path(k)
	file, err := os.ReadFile(path)
	if err == nil {
		if content, ok = open(k, file); ok {
			now := time.Now()
			// Only the order in which entries leave depends on it, and a read-only
			// folder is no reason to fail.
			_ = os.Chtimes(path, now, now)
			return content, true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.remove(k) // what cannot be removed stays damaged and is found so again
	return nil, false
}

// Put keeps content under k in place of what was there. Content larger than the
// limit is not kept.
func (s *Store) Put(k Key, content []byte) error {
	size := int64(headerSize + len(content))
	if s.capBytes > 0 && size > s.capBytes {
		return nil
	}
	path := s.path(k)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := writeFile(path, seal(k, content)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if el := s.entries[k]; el != nil {
		s.sizeBytes -= el.Value.(*entry).sizeBytes
		s.byUse.Remove(el)
	}
	s.entries[k] = s.byUse.PushBack(&entry{k, size})
	s.sizeBytes += size
	return s.shrink()
}

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
func (s *Store) shrink() error {
	for s.capBytes > 0 && s.sizeBytes > s.capBytes {
		if err := s.remove(s.byUse.Front().Value.(*entry).key); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// remove forgets an entry and removes its file. The caller holds mu.
func (s *Store) remove(k Key) error {
	el := s.entries[k]
	if el == nil {
		return nil
	}
	s.byUse.Remove(el)
	delete(s.entries, k)
	s.sizeBytes -= el.Value.(*entry).sizeBytes
	if err := os.Remove(s.path(k)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
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
