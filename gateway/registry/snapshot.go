package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// ErrFull tells that the disk has no room for a Snapshot.
var ErrFull = errors.New("the disk is full")

// sqliteFull is SQLite's own word for that (sqlite.org/rescode.html).
const sqliteFull = 13

// Snapshot writes a whole copy of the registry, as of one moment, into a new
// file, while it is read and written. The copy is durable, and for its owner
// alone. Where it fails it leaves no file. Errors: ErrFull, and what the disk says.
func (r *Registry) Snapshot(ctx context.Context, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // SQLite takes an empty file
	if err != nil {
		return fmt.Errorf("copy registry: %w", err)
	}
	err = f.Close()
	if err == nil {
		err = r.copyTo(ctx, to)
	}
	if err != nil {
		os.Remove(to) // what remains of it is worthless
		if coded := (interface{ Code() int })(nil); errors.As(err, &coded) && coded.Code()&0xFF == sqliteFull {
			err = fmt.Errorf("%w: %w", ErrFull, err)
		}
		return err
	}
	return nil
}

// copyTo copies by a connection of its own: those for reading may write nothing at
// all, and the one for writing has better things to do.
func (r *Registry) copyTo(ctx context.Context, to string) error {
	var file string
	if err := r.read.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file); err != nil {
		return fmt.Errorf("copy registry: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(file, "synchronous(FULL)"))
	if err != nil {
		return fmt.Errorf("copy registry: %w", err)
	}
	return errors.Join(backup(ctx, db, to), db.Close())
}
