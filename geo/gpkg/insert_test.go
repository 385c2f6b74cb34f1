package gpkg

import (
	"path/filepath"
	"testing"
)

// An error of SQLite reaches whoever adds rows, at the latest when the last are
// awaited, and nobody waits for ever.
func TestInsertError(t *testing.T) {
	for _, rows := range []int{1, rowsAtOnce, 100 * rowsAtOnce} {
		f, err := Create(filepath.Join(t.TempDir(), "a.gpkg"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		in := newInserter(f.conn, "nowhere", []string{"a", "b"})
		for i := 0; i < rows && err == nil; i++ {
			err = in.add(int64(i), nil)
		}
		if closing := in.close(); closing == nil || err != nil && err.Error() != closing.Error() {
			t.Errorf("%d rows: %v, then %v", rows, err, closing)
		}
		if rows > (batchesAhead+4)*rowsAtOnce && err == nil {
			t.Errorf("%d rows are taken by a table that is not there", rows)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
