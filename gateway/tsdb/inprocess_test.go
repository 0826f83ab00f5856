package tsdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// A request whose context ends is given up at once, and what the engine was given may
// be written all the same: as over a network, its sender does not know.
func TestInProcessEndsWithItsContext(t *testing.T) {
	e := open(t, Options{})
	entered, letGo, wrote := make(chan struct{}), make(chan struct{}), make(chan struct{})
	way := inProcess{e, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-letGo
		w.WriteHeader(http.StatusNoContent)
		close(wrote)
	})}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := way.RoundTrip(writing(ctx, t, nil))
		ended <- err
	}()
	<-entered
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(letGo)
	<-wrote
	body := &closing{Reader: strings.NewReader("air pm2_5=1")}
	if _, err := e.Transport().RoundTrip(writing(ctx, t, body)); !errors.Is(err, context.Canceled) || !body.closed {
		t.Errorf("with a context that has ended: %v, closed %t", err, body.closed)
	}
	if n := e.Stats().Points; n != 0 {
		t.Errorf("%d points were written with a context that had ended", n)
	}
}

// writing is a request to write body.
func writing(ctx context.Context, t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://influx.example/write?db="+DefaultDatabase, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A panic below is an error of that request, which its sender tries again, and is told
// of in the log: the center goes on.
func TestInProcessPanic(t *testing.T) {
	var log bytes.Buffer
	e := open(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	way := inProcess{e, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("kaputt") })}
	body := &closing{Reader: strings.NewReader("air pm2_5=1")}
	if _, err := way.RoundTrip(writing(t.Context(), t, body)); err == nil || !strings.Contains(err.Error(), "kaputt") {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "kaputt") || !strings.Contains(log.String(), "/write") {
		t.Error(log.String())
	}
	if !body.closed {
		t.Error("the body was not closed")
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}
