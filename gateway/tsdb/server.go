package tsdb

import (
	"encoding/json"
	"net/http"
)

// handler returns the HTTP API.
func (e *Engine) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", servePing)
	mux.HandleFunc("GET /health", e.serveHealth)
	mux.HandleFunc("POST /write", e.metrics.timedWrite(e.serveWriteV1))
	mux.HandleFunc("POST /api/v2/write", e.metrics.timedWrite(e.serveWriteV2))
	mux.HandleFunc("GET /query", e.metrics.timedQuery(e.serveQuery))
	mux.HandleFunc("POST /query", e.metrics.timedQuery(e.serveQuery))
	mux.HandleFunc("POST /api/v2/query", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusForbidden, "this server answers InfluxQL at /query, not Flux: choose the query language InfluxQL")
	})
	return e.guard(identify(mux))
}

// identify tells clients which InfluxDB they talk to; some decide by it.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Influxdb-Version", Version)
		w.Header().Set("X-Influxdb-Build", "OSS")
		next.ServeHTTP(w, r)
	})
}

func servePing(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Query().Get("verbose") {
	case "", "0", "false":
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, map[string]string{"version": Version})
	}
}

// serveHealth fails while writes are refused, and says why.
func (e *Engine) serveHealth(w http.ResponseWriter, _ *http.Request) {
	code, status, message := http.StatusOK, "pass", "ready for queries and writes"
	if err := e.refuses(); err != nil {
		code, status, message = http.StatusServiceUnavailable, "fail", err.Error()
	}
	writeJSON(w, code, map[string]any{
		"name":    "influxdb",
		"message": message,
		"status":  status,
		"checks":  []string{},
		"version": Version,
	})
}

// writeError answers with an error as InfluxDB 1.8 does.
func writeError(w http.ResponseWriter, code int, message string) {
	const maxHeader = 1024
	header := message
	if len(header) > maxHeader {
		header = header[:maxHeader]
	}
	w.Header().Set("X-Influxdb-Error", header)
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, code, map[string]string{"error": message})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// A client that has gone away is no error of ours.
	_ = json.NewEncoder(w).Encode(v)
}
