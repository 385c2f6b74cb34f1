package spool

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestFile(t *testing.T) {
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Cao ", "Bằng"} {
		if _, err := f.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	if f.Size() != 10 {
		t.Errorf("%d bytes", f.Size())
	}
	var out bytes.Buffer
	part := make([]byte, 3)
	if err := errors.Join(f.Flush(), f.CopyTo(&out, 4, 6), f.ReadAt(part, 0)); err != nil || out.String() != "Bằng" || string(part) != "Cao" {
		t.Errorf("read %q and %q, %v", out.String(), part, err)
	}
	if err := f.CopyTo(&out, 8, 10); err == nil {
		t.Error("no error beyond the end")
	}
	name := f.f.Name()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}
