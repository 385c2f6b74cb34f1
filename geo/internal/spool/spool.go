// Package spool keeps bytes in a temporary file: what a format wants behind things
// that are known only at the end, such as an index or a directory.
package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// File is a temporary file that is written once from its beginning and then read.
type File struct {
	f    *os.File
	w    *bufio.Writer
	size int64
}

// New makes a file in the folder for temporary files.
func New() (*File, error) {
	f, err := os.CreateTemp("", "covgap-*")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	return &File{f: f, w: bufio.NewWriterSize(f, 256<<10)}, nil
}

// Size is the number of bytes written.
func (f *File) Size() int64 { return f.size }

// Write appends b.
func (f *File) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.size += int64(n)
	if err != nil {
		err = fmt.Errorf("spool: %w", err)
	}
	return n, err
}

// Flush makes what was written readable.
func (f *File) Flush() error {
	if err := f.w.Flush(); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Reader reads what was written and flushed from its beginning.
func (f *File) Reader() io.Reader { return io.NewSectionReader(f.f, 0, f.size) }

// CopyTo writes size bytes from offset on to w.
func (f *File) CopyTo(w io.Writer, offset, size int64) error {
	n, err := io.Copy(w, io.NewSectionReader(f.f, offset, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// ReadAt reads into b from offset on.
func (f *File) ReadAt(b []byte, offset int64) error {
	if _, err := f.f.ReadAt(b, offset); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Close removes the file.
func (f *File) Close() error {
	if err := errors.Join(f.f.Close(), os.Remove(f.f.Name())); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}
