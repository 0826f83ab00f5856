package tsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/influxdata/influxdb/query"
	"github.com/influxdata/influxql"
)

// defaultChunkRows is how many rows of a series the engine hands over at a
// time, and a chunk's size where the client names none. It is 1.8's.
const defaultChunkRows = 10_000

// serveQuery answers GET and POST /query with the parameters of InfluxDB 1.8:
// q, db, rp, params, epoch, chunked, chunk_size and pretty. As there, an error
// of a statement is in the body of a 200. async has no use for statements that
// read, and is ignored.
func (e *Engine) serveQuery(w http.ResponseWriter, r *http.Request) {
	q, ok := readQuery(w, r)
	if !ok {
		return
	}
	if s := firstChange(q); s != nil && !e.isAdmin(r) {
		e.refused.Add(1)
		writeError(w, http.StatusForbidden, fmt.Sprintf("%q changes data: /query only reads (SELECT, SHOW, EXPLAIN) without the admin token", firstWords(s)))
		return
	}
	e.answer(w, r, q, asker{databases: query.OpenCoarseAuthorizer})
}

// readQuery returns the query of a request, or answers why it is none.
func readQuery(w http.ResponseWriter, r *http.Request) (q *influxql.Query, ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxQueryBytes)
	if err := r.ParseForm(); err != nil {
		code := http.StatusBadRequest
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			code = http.StatusRequestEntityTooLarge
		}
		writeError(w, code, err.Error())
		return nil, false
	}
	q, err := parseQuery(r.Form.Get("q"), r.Form.Get("params"))
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return nil, false
	}
	return q, true
}

// answer runs a query that its asker may ask, when it has its place.
func (e *Engine) answer(w http.ResponseWriter, r *http.Request, q *influxql.Query, by asker) {
	if err := e.queries.enter(r.Context()); err != nil {
		writeError(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer e.queries.leave()
	st, err := e.door.enter()
	if err != nil {
		writeError(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer e.door.leave()
	// A storage that is to be closed does not wait for a client that does not
	// read.
	defer context.AfterFunc(st.life, func() {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(closeTimeout))
	})()

	chunked := r.Form.Get("chunked") == "true"
	rows := defaultChunkRows
	if n, err := strconv.Atoi(r.Form.Get("chunk_size")); chunked && err == nil && n > 0 {
		rows = n
	}
	if by.maxChunk > 0 {
		rows = min(rows, by.maxChunk)
	}
	out := newResponse(w, r)
	defer out.close()
	e.execute(st.executor, r, q, query.ExecutionOptions{
		Database:         r.Form.Get("db"),
		RetentionPolicy:  r.Form.Get("rp"),
		ChunkSize:        rows,
		ReadOnly:         r.Method == http.MethodGet,
		Authorizer:       query.OpenAuthorizer,
		CoarseAuthorizer: by.databases,
	}, out, chunked)
}

// execute runs q and writes its results to out. It returns when the query has
// ended, also when the client is gone before.
func (e *Engine) execute(x *query.Executor, r *http.Request, q *influxql.Query, opt query.ExecutionOptions, out *response, chunked bool) {
	// abort tells the engine that nobody takes results any more, stop that the
	// query is to end.
	abort, stop := make(chan struct{}), make(chan struct{})
	opt.AbortCh = abort
	results := x.ExecuteQuery(q, opt, stop)
	defer func() {
		close(abort)
		for range results {
			// The engine closes it when the query has really ended.
		}
	}()
	defer close(stop)

	epoch := strings.TrimSpace(r.Form.Get("epoch"))
	merged := merger{maxRows: e.opt.MaxRows}
	for {
		select {
		case <-r.Context().Done():
			return
		case res, ok := <-results:
			switch {
			case !ok && !chunked:
				out.write(merged.results)
				return
			case !ok:
				return
			case res == nil:
				continue
			}
			if epoch != "" {
				toEpoch(res, epoch)
			}
			if chunked {
				out.write([]*query.Result{res})
				out.flush()
			} else if !merged.add(res) {
				out.write(merged.results)
				return
			}
		}
	}
}

// parseQuery parses InfluxQL text with the JSON object of its bound parameters.
func parseQuery(text, params string) (*influxql.Query, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New(`missing required parameter "q"`)
	}
	if len(text) > maxQueryBytes {
		return nil, fmt.Errorf("query of %d bytes is over the limit of %d", len(text), maxQueryBytes)
	}
	p := influxql.NewParser(strings.NewReader(text))
	if params != "" {
		bound, err := parseParams(params)
		if err != nil {
			return nil, err
		}
		p.SetParams(bound)
	}
	q, err := p.ParseQuery()
	if err != nil {
		return nil, fmt.Errorf("error parsing query: %w", err)
	}
	if n := nodes(q); n > maxQueryNodes {
		return nil, fmt.Errorf("query of %d operators, brackets and subqueries is over the limit of %d: use a regular expression, or several queries", n, maxQueryNodes)
	}
	return q, nil
}

// nodes counts what makes a query slow to plan.
func nodes(q *influxql.Query) int {
	n := 0
	influxql.WalkFunc(q, func(node influxql.Node) {
		switch node.(type) {
		case *influxql.BinaryExpr, *influxql.ParenExpr, *influxql.SubQuery, *influxql.Call:
			n++
		}
	})
	return n
}

// parseParams decodes bound parameters. As in 1.8 a number with a point is a
// float and any other an integer.
func parseParams(text string) (map[string]any, error) {
	var params map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&params); err != nil {
		return nil, fmt.Errorf("error parsing query parameters: %w", err)
	}
	for k, v := range params {
		n, ok := v.(json.Number)
		if !ok {
			continue
		}
		var err error
		if strings.Contains(n.String(), ".") {
			params[k], err = n.Float64()
		} else {
			params[k], err = n.Int64()
		}
		if err != nil {
			return nil, fmt.Errorf("error parsing json value: %w", err)
		}
	}
	return params, nil
}

// firstWords names a statement without what may be secret in it.
func firstWords(s influxql.Statement) string {
	words := strings.Fields(s.String())
	return strings.Join(words[:min(2, len(words))], " ")
}

// toEpoch turns the times of a result into integers since 1970.
func toEpoch(r *query.Result, unit string) {
	divisor := int64(1)
	switch unit {
	case "u":
		divisor = int64(time.Microsecond)
	case "ms":
		divisor = int64(time.Millisecond)
	case "s":
		divisor = int64(time.Second)
	case "m":
		divisor = int64(time.Minute)
	case "h":
		divisor = int64(time.Hour)
	}
	for _, s := range r.Series {
		for _, v := range s.Values {
			if t, ok := v[0].(time.Time); ok {
				v[0] = t.UnixNano() / divisor
			}
		}
	}
}
