package gpkg

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
)

// rowsAtOnce is how many rows one statement inserts: a million hexes take 14 s of CPU time
// with one, 7 s with 32 and 5.4 s with 128 or 256. Times the columns it must stay below the
// 32,766 values that a statement takes.
const rowsAtOnce = 128

// inserter inserts rows into a table in a goroutine of its own, so that the next ones
// are encoded meanwhile. Until it is closed nobody else may use the connection.
type inserter struct {
	conn    *sql.Conn
	insert  string // the statement but for the rows
	row     string // the marks of one
	columns int
	filling *batch
	full    chan *batch
	empty   chan *batch
	work    errgroup.Group
	failed  chan struct{} // closed after an error
}

// batch is the rows of one statement.
type batch struct {
	values []any
	blobs  []byte
	rows   int
}

// keep copies bytes that a row refers to.
func (b *batch) keep(blob []byte) []byte {
	from := len(b.blobs)
	b.blobs = append(b.blobs, blob...) // rows before keep what it was, should it move
	return b.blobs[from:len(b.blobs):len(b.blobs)]
}

// batchesAhead is how many batches wait for SQLite at most.
const batchesAhead = 16

// newInserter begins inserting into a table, which is empty; columns may be none.
func newInserter(conn *sql.Conn, table string, columns []string) *inserter {
	in := &inserter{
		conn: conn, columns: len(columns), insert: fmt.Sprintf("INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", ")),
		row:  "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")",
		full: make(chan *batch, batchesAhead), empty: make(chan *batch, batchesAhead+2), failed: make(chan struct{}),
	}
	if len(columns) == 0 { // the identifier alone
		in.insert, in.row = fmt.Sprintf("INSERT INTO %s (%s) VALUES ", table, idColumn), "(NULL)"
	}
	for range cap(in.empty) {
		in.empty <- &batch{}
	}
	in.work.Go(func() error {
		err := in.run()
		if err != nil {
			close(in.failed)
		}
		return err
	})
	return in
}

// run inserts batches until there are no more.
func (in *inserter) run() (err error) {
	var insert *sql.Stmt
	rows := 0 // of the statement
	shut := func() error {
		if insert == nil {
			return nil
		}
		return insert.Close()
	}
	defer func() { err = cmp.Or(err, shut()) }()
	for b := range in.full {
		if b.rows != rows { // the first and the last
			if err := shut(); err != nil {
				return err
			}
			statement := in.insert + in.row + strings.Repeat(", "+in.row, b.rows-1)
			if insert, err = in.conn.PrepareContext(context.Background(), statement); err != nil {
				return err
			}
			rows = b.rows
		}
		if _, err := insert.Exec(b.values...); err != nil {
			return err
		}
		clear(b.values) // of what they refer to
		*b = batch{values: b.values[:0], blobs: b.blobs[:0]}
		in.empty <- b
	}
	return nil
}

// batch gives the one to which the values of the next row are added.
func (in *inserter) batch() *batch {
	if in.filling == nil {
		select {
		case in.filling = <-in.empty:
		case <-in.failed:
			in.filling = &batch{} // end tells of the error
		}
	}
	return in.filling
}

// end says that the row is complete. The error is of a row before.
func (in *inserter) end() error {
	b := in.filling
	if b.rows++; b.rows < rowsAtOnce {
		return nil
	}
	return in.send()
}

// add inserts a row of its own.
func (in *inserter) add(values ...any) error {
	b := in.batch()
	b.values = append(b.values, values...)
	return in.end()
}

func (in *inserter) send() error {
	select {
	case in.full <- in.filling:
		in.filling = nil
		return nil
	case <-in.failed:
		return in.work.Wait()
	}
}

// close inserts what is left and waits for it.
func (in *inserter) close() error {
	if b := in.filling; b != nil && b.rows > 0 && len(b.values) == b.rows*in.columns {
		if err := in.send(); err != nil {
			return err
		}
	}
	close(in.full)
	return in.work.Wait()
}
