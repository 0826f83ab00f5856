package tsdb

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
)

// Transport carries requests to the engine within the process, wherever they are
// addressed to: over the network each write is copied twice more, and on a busy machine
// four more goroutines have to get their turn. The answers are the same. It is for
// whoever writes; an answer is held in memory whole. It may be used concurrently, and
// is of no use once the engine is closed.
func (e *Engine) Transport() http.RoundTripper { return inProcess{e, e.server.Handler} }

type inProcess struct {
	engine  *Engine
	handler http.Handler
}

// RoundTrip implements http.RoundTripper. When the request's context ends it returns;
// the engine may then write what it was given all the same, as over a network.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	r := req.Clone(req.Context()) // handlers change it
	r.Host = p.engine.Addr()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if err := r.Context().Err(); err != nil {
		_ = r.Body.Close() // nothing was read from it
		return nil, err
	}
	a := &heldAnswer{header: make(http.Header), code: http.StatusOK}
	done := make(chan error, 1)
	// It ends with the write, for which Close waits.
	go func() { done <- p.serve(a, r) }()
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
		return a.response(req), nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// serve is what http.Server does for a request.
func (p inProcess) serve(a *heldAnswer, r *http.Request) (err error) {
	defer r.Body.Close()
	defer func() {
		if cause := recover(); cause != nil {
			p.engine.opt.Logger.Error("the engine panicked: the write counts as not done", "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
			err = fmt.Errorf("write: the engine panicked: %v", cause)
		}
	}()
	p.handler.ServeHTTP(a, r)
	return nil
}

// heldAnswer is an http.ResponseWriter in memory.
type heldAnswer struct {
	header http.Header
	code   int
	wrote  bool
	body   bytes.Buffer
}

func (a *heldAnswer) Header() http.Header { return a.header }

func (a *heldAnswer) WriteHeader(code int) {
	if !a.wrote {
		a.code, a.wrote = code, true
	}
}

func (a *heldAnswer) Write(b []byte) (int, error) {
	a.wrote = true
	return a.body.Write(b)
}

func (a *heldAnswer) response(req *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(a.code) + " " + http.StatusText(a.code), StatusCode: a.code,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: req,
	}
}
