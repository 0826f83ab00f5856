package registry

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"time"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaError tells that a file was written by a newer program. Nothing of it
// has been changed.
type SchemaError struct {
	File string
	// Have is the file's schema, Want the newest that this program knows.
	Have, Want int
}

// Error says what is wrong and what helps.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("open registry %s: it has schema %d, this program knows up to %d: use the newer siaga that wrote it, or restore the backup beside it",
		e.File, e.Have, e.Want)
}

// migrate brings the file to the newest schema of fsys, one numbered file at a
// time, each in its own transaction. A file that holds an older schema is
// copied to <file>.v<schema>.<time>.bak first.
func migrate(ctx context.Context, db *sql.DB, file string, fsys fs.FS, now time.Time) error {
	steps, err := fs.Glob(fsys, "migrations/*.sql") // sorted
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	var have int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return fmt.Errorf("read schema of %s: %w", file, err)
	}
	if have > len(steps) {
		return &SchemaError{File: file, Have: have, Want: len(steps)}
	}
	if have == len(steps) {
		return nil
	}
	if have > 0 {
		if err := backup(ctx, db, fmt.Sprintf("%s.v%d.%s.bak", file, have, now.UTC().Format("20060102T150405.000"))); err != nil {
			return err
		}
	}
	for i := have; i < len(steps); i++ {
		script, err := fs.ReadFile(fsys, steps[i])
		if err != nil {
			return fmt.Errorf("read migration %s: %w", steps[i], err)
		}
		if err := step(ctx, db, string(script), i+1); err != nil {
			return fmt.Errorf("migrate %s by %s: %w", file, steps[i], err)
		}
	}
	return nil
}

func step(ctx context.Context, db *sql.DB, script string, version int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, version)); err != nil {
		return err
	}
	return tx.Commit()
}

// backup writes a whole copy, with what the WAL holds, and fsyncs it: SQLite
// does not do so for VACUUM INTO.
func backup(ctx context.Context, db *sql.DB, to string) error {
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("back up registry to %s: %w", to, err)
	}
	f, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("back up registry: %w", err)
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return fmt.Errorf("back up registry to %s: %w", to, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up registry to %s: %w", to, err)
	}
	return nil
}
