package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// healthz tells that the program runs.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("ok\n")) //nolint:errcheck // nobody else to tell
}

type componentBody struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Words string `json:"words"`
}

type readyBody struct {
	Ready      bool            `json:"ready"`
	Components []componentBody `json:"components"`
}

// checkTimeout is how long a component may think about whether it is ready.
const checkTimeout = 2 * time.Second

// readyz tells, component by component, whether the center can do its work: 200,
// or 503.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	checks := append([]Check{{"registry", s.opt.Registry.Ping}}, s.opt.Checks...)
	body := readyBody{Ready: true, Components: make([]componentBody, len(checks))}
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() {
			b := componentBody{Name: c.Name, Ready: true, Words: "ready"}
			if err := c.Ready(ctx); err != nil {
				b.Ready, b.Words = false, err.Error()
			}
			body.Components[i] = b
		})
	}
	wg.Wait()
	for _, c := range body.Components {
		body.Ready = body.Ready && c.Ready
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !body.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.opt.Logger.Debug("write answer", "err", err)
	}
}
