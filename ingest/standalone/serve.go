package standalone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// listen returns nil where the configuration wants no server.
func (p *Process) listen() (net.Listener, error) {
	if p.cfg.HTTP.Addr == "" {
		return nil, nil
	}
	ln, err := net.Listen("tcp", p.cfg.HTTP.Addr)
	if err != nil {
		return nil, fmt.Errorf("http.addr: %w: choose another address, or none", err)
	}
	return ln, nil
}

func hangUp(ln net.Listener) error {
	if ln == nil {
		return nil
	}
	return ln.Close()
}

// serve answers /metrics and /healthz until ctx ends. It closes ln.
func (p *Process) serve(ctx context.Context, ln net.Listener) error {
	if ln == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("ok\n")) //nolint:errcheck // nobody else to tell
	})
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	err := srv.Close()
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}
