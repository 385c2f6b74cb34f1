package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
)

// StoreName is the folder of the content-addressed store in a project folder. It
// is safe to delete: that costs only time.
const StoreName = ".covgap"

// Dir is the project folder, an absolute path.
func (p *Project) Dir() string { return p.dir }

// StoreDir is the folder of the project's store.
func (p *Project) StoreDir() string { return filepath.Join(p.dir, StoreName) }

// Path gives the absolute path of a file named in the project.
func (p *Project) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.dir, filepath.FromSlash(name))
}

// Relative gives a path as it stands in outputs: relative to the project folder,
// with forward slashes.
func (p *Project) Relative(path string) string {
	rel, err := filepath.Rel(p.dir, path)
	if err != nil {
		return filepath.ToSlash(path) // another volume
	}
	return filepath.ToSlash(rel)
}

// Files in the store's folder: the lock, and what its holder is. The second is apart
// because who holds a lock on Windows keeps others from reading the file.
const (
	lockName   = "lock"
	holderName = "lock.holder"
)

// Lock makes this process the one that writes results of the project until unlock is
// called; whoever only reads them needs no lock. It returns ErrLocked when another process
// holds it, with what that one said it is: a command, such as "run".
func (p *Project) Lock(command string) (unlock func() error, err error) {
	if err := os.MkdirAll(p.StoreDir(), 0o755); err != nil {
		return nil, fmt.Errorf("project: %w", err)
	}
	l := flock.New(filepath.Join(p.StoreDir(), lockName))
	holderFile := filepath.Join(p.StoreDir(), holderName)
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("project: lock %s: %w", l.Path(), err)
	}
	if !ok {
		holder := "covgap"
		if said, err := os.ReadFile(holderFile); err == nil && len(said) > 0 {
			holder += " " + string(said)
		}
		return nil, fmt.Errorf("%w: %s in %s; wait for it, or end it", ErrLocked, holder, p.dir)
	}
	// Only a message depends on it.
	_ = os.WriteFile(holderFile, []byte(command), 0o666)
	return l.Unlock, nil
}

// Find gives the folder of the project that path names: path itself (a folder or
// its covgap.yaml) when given; else the current folder, its parents, then
// ./covgap-demo.
func Find(path string) (dir string, err error) {
	if path != "" {
		if filepath.Base(path) == FileName {
			path = filepath.Dir(path)
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", fmt.Errorf("project: %w", err)
		}
		if info, err := os.Stat(abs); err == nil && !info.IsDir() {
			return "", fmt.Errorf("%w: %s is a file; expected a project's folder or its %s", ErrNotFound, path, FileName)
		}
		if !exists(filepath.Join(abs, FileName)) {
			return "", fmt.Errorf("%w: %s has no %s; \"covgap init\" makes one from your files", ErrNotFound, path, FileName)
		}
		return abs, nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("project: %w", err)
	}
	for d := cwd; ; d = filepath.Dir(d) {
		if exists(filepath.Join(d, FileName)) {
			return d, nil
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	demo := filepath.Join(cwd, "covgap-demo")
	if exists(filepath.Join(demo, FileName)) {
		return demo, nil
	}
	return "", fmt.Errorf("%w in %s, its parents or ./covgap-demo; name one with -p, make one with \"covgap init\", or try \"covgap demo\"", ErrNotFound, cwd)
}

// IsThere says whether dir holds a project file.
func IsThere(dir string) bool { return exists(filepath.Join(dir, FileName)) }

// exists is also true where the system does not say, so that nothing is overwritten.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
}

// In gives the project with dir, an absolute path, as its folder.
func (p *Project) In(dir string) *Project {
	q := *p
	q.dir = dir
	return &q
}
