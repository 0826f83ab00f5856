package registry

import (
	"database/sql"
	"fmt"
	"testing"
)

// A statement is compiled once for a connection, and yet may run while the rows of
// itself are read, and after the schema has changed.
func TestStatementsAreKept(t *testing.T) {
	r, _ := fresh(t)
	db := r.write // one connection
	if _, err := db.Exec(`CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)`); err != nil {
		t.Fatal(err)
	}
	idle := func() (n int, kept any) {
		c, err := db.Conn(t.Context())
		must(t, err)
		defer c.Close()
		must(t, c.Raw(func(dc any) error {
			n, kept = len(dc.(*keepingConn).idle), dc.(*keepingConn).idle[`SELECT a FROM t WHERE a >= ? ORDER BY a`]
			return nil
		}))
		return n, kept
	}
	ask := func(q interface {
		Query(string, ...any) (*sql.Rows, error)
	}, from int, each func(),
	) (all []int) {
		rows, err := q.Query(`SELECT a FROM t WHERE a >= ? ORDER BY a`, from)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var a int
			must(t, rows.Scan(&a))
			all = append(all, a)
			each()
		}
		must(t, rows.Err())
		return all
	}
	if got := ask(db, 1, func() {}); len(got) != 2 {
		t.Fatalf("found %v", got)
	}
	before, first := idle()
	if got := ask(db, 2, func() {}); len(got) != 1 || got[0] != 2 {
		t.Fatalf("found %v", got)
	}
	if n, kept := idle(); n != before || kept != first || kept == nil {
		t.Errorf("%d statements are kept, before %d: want the same one", n, before)
	}
	tx, err := db.Begin()
	must(t, err)
	inner := 0
	if got := ask(tx, 1, func() { inner += len(ask(tx, 2, func() {})) }); len(got) != 2 || inner != 2 {
		t.Errorf("found %v, and %d within", got, inner)
	}
	must(t, tx.Rollback())
	if n, _ := idle(); n != before {
		t.Errorf("%d statements are kept, before %d", n, before)
	}
	if _, err := db.Exec(`DROP TABLE t; CREATE TABLE t (b INTEGER, a INTEGER); INSERT INTO t (a) VALUES (7)`); err != nil {
		t.Fatal(err)
	}
	if got := ask(db, 1, func() {}); len(got) != 1 || got[0] != 7 {
		t.Errorf("found %v in the new table", got)
	}
	for i := range maxStatements + 10 {
		if _, err := db.Exec(fmt.Sprint("SELECT ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := idle(); n > maxStatements {
		t.Errorf("%d statements are kept", n)
	}
}
