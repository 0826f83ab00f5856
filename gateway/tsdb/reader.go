package tsdb

import (
	"fmt"
	"net/http"

	"github.com/influxdata/influxdb/query"
	"github.com/influxdata/influxql"
)

// asker is who queries.
type asker struct {
	// databases are those that he hears of.
	databases query.CoarseAuthorizer
	// maxChunk is how many rows a chunk may have, all in memory; 0: as many as he says.
	maxChunk int
}

// only lets one database be heard of.
type only string

func (o only) AuthorizeDatabase(_ influxql.Privilege, name string) bool { return name == string(o) }

// Reader answers GET and POST of any path as /query does, for whom this machine does
// not trust: he reads Options.Database and no other, hears nothing that 1.8 keeps for
// admins, gets no chunk that is larger than the engine's own, and takes half of the
// places at most, so that the center's own queries have theirs. It looks at neither
// Host nor Origin, and at no token: who may ask is its caller's to know.
func (e *Engine) Reader() http.Handler {
	return identify(e.metrics.timedQuery(func(w http.ResponseWriter, r *http.Request) {
		if anotherPage(r) { // it could not read the answer, and make work
			e.refused.Add(1)
			writeError(w, http.StatusForbidden, refusedPage)
			return
		}
		q, ok := readQuery(w, r)
		if !ok {
			return
		}
		if r.Form.Get("db") == "" {
			r.Form.Set("db", e.opt.Database)
		}
		s := firstChange(q)
		if s == nil {
			s = firstBeyond(q, e.opt.Database)
		}
		if s != nil || r.Form.Get("db") != e.opt.Database {
			e.refused.Add(1)
			writeError(w, http.StatusForbidden, e.beyond(s))
			return
		}
		if err := e.readers.enter(r.Context()); err != nil {
			writeError(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		defer e.readers.leave()
		e.answer(w, r, q, asker{databases: only(e.opt.Database), maxChunk: defaultChunkRows})
	}))
}

// beyond says what of a query is not for a Reader; s is nil where its db is not.
func (e *Engine) beyond(s influxql.Statement) string {
	what := "another db"
	if s != nil {
		what = fmt.Sprintf("%q", firstWords(s))
	}
	return fmt.Sprintf("%s is not for you: here one only reads (SELECT, SHOW, EXPLAIN), and only the database %q", what, e.opt.Database)
}

// firstBeyond returns the first statement of q that names another database, or that
// 1.8 keeps for admins; or nil. It is for statements that only read.
func firstBeyond(q *influxql.Query, database string) influxql.Statement {
	for _, s := range q.Statements {
		if isBeyond(s, database) {
			return s
		}
	}
	return nil
}

func isBeyond(s influxql.Statement, database string) bool {
	needs, err := s.RequiredPrivileges()
	if err != nil {
		return true
	}
	for _, n := range needs {
		if n.Admin {
			return true
		}
	}
	beyond := false
	influxql.WalkFunc(s, func(n influxql.Node) {
		name := ""
		switch n := n.(type) {
		case *influxql.Measurement:
			name = n.Database
		case influxql.HasDefaultDatabase:
			name = n.DefaultDatabase()
		}
		if name != "" && name != database {
			beyond = true
		}
	})
	return beyond
}
