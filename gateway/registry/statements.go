package registry

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// maxStatements bounds the compiled statements that a connection keeps: the texts
// in this package are some 200.
const maxStatements = 400

// openDB opens a database whose connections keep their statements compiled: to
// compile one costs several times what it costs to run. What is kept is compiled
// anew by SQLite itself when the schema changes.
func openDB(dsn string) (*sql.DB, error) {
	base, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keepingConnector{base}), nil
}

type keepingConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c keepingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keepingConn{sqliteConn: opened.(sqliteConn), idle: make(map[string]sqliteStmt)}, nil
}

// sqliteConn is what database/sql uses of the driver's connections, without what
// would run a text as it is: so it prepares every one.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keepingConn is a connection with the statements that nobody uses at the moment,
// by their text. database/sql uses a connection from one goroutine at a time.
type keepingConn struct {
	sqliteConn
	idle map[string]sqliteStmt
}

// Prepare implements driver.Conn.
func (c *keepingConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext implements driver.ConnPrepareContext. A statement whose rows are
// still read is not given out twice.
func (c *keepingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	kept, ok := c.idle[query]
	if !ok {
		prepared, err := c.sqliteConn.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		kept = prepared.(sqliteStmt)
	}
	delete(c.idle, query)
	return &keptStmt{kept, c, query}, nil
}

// Close implements driver.Conn.
func (c *keepingConn) Close() error {
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.Close())
	}
	c.idle = nil
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keptStmt goes back to its connection when it is closed.
type keptStmt struct {
	sqliteStmt
	conn  *keepingConn
	query string
}

// Close implements driver.Stmt.
func (s *keptStmt) Close() error {
	if _, there := s.conn.idle[s.query]; there || s.conn.idle == nil || len(s.conn.idle) >= maxStatements {
		return s.sqliteStmt.Close()
	}
	s.conn.idle[s.query] = s.sqliteStmt
	return nil
}
