package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest/device"
)

// Ingest is what the server asks of whoever takes packs in. It must not block.
type Ingest interface {
	// Accepting reports whether packs are taken, and if not, why, for people.
	Accepting() (ok bool, reason string)
	// Delay returns the median and the 99th percentile of the time from a node's
	// sealing a pack to its being stored; both are 0 while there is none to tell.
	Delay() (p50, p99 time.Duration)
}

// Check is one component of readiness.
type Check struct {
	// Name is the component's: "influx", "broker".
	Name string
	// Ready returns nil, or what is wrong in words for people. It must end when
	// ctx does.
	Ready func(ctx context.Context) error
}

// Options configure a Server. What has no default is required.
type Options struct {
	Registry *registry.Registry
	Hub      *live.Hub
	Influx   Querier
	Ingest   Ingest
	// Replay gives a quarantined payload to an ingester. When it returns nil the
	// payload is safe there, or refused again and in the quarantine anew.
	Replay func(ctx context.Context, e registry.Entry) error
	// Devices tells how the intake of other makers' devices is doing; nil: there is
	// none.
	Devices func() device.Status
	// Checks are asked for readiness, in this order; the registry always is.
	Checks   []Check
	Gatherer prometheus.Gatherer
	// Wall holds the built wall, with index.html at its root. Without that, a
	// page says how to build it.
	Wall fs.FS
	// Version is the program's.
	Version string
	// Hosts are the names that requests may be made to, apart from localhost and
	// plain addresses: other names could be made to point here by a web page.
	Hosts []string
	// ReportToken lets ingesters on other machines report, and people there declare
	// packs lost; without it, only those on this one may.
	ReportToken string
	Now         func() time.Time // nil is time.Now
	Logger      *slog.Logger     // nil is slog.Default
}

// Server is the HTTP server. Its handler may be used concurrently.
type Server struct {
	opt     Options
	handler http.Handler
	status  statusCache
	walls   walls
	streams chan struct{} // a slot for each event stream
	ended   context.Context
	end     context.CancelFunc // ends the event streams
}

const (
	// maxBody bounds a request, maxReport an ingester's report: it holds whole
	// payloads, in base64.
	maxBody   = 1 << 20
	maxReport = 32 << 20
	// maxStreams bounds the event streams at once; further ones get 503.
	maxStreams = 64
)

// New returns a server. It listens to nothing until Serve.
func New(opt Options) (*Server, error) {
	if opt.Registry == nil || opt.Hub == nil || opt.Influx == nil || opt.Ingest == nil ||
		opt.Replay == nil || opt.Gatherer == nil || opt.Wall == nil {
		return nil, errors.New("new http server: a required option is missing")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	s := &Server{opt: opt, streams: make(chan struct{}, maxStreams)}
	s.ended, s.end = context.WithCancel(context.Background())

	mux := http.NewServeMux()
	s.routes(humago.New(mux, openAPI(opt.Version)))
	mux.HandleFunc("GET /api/v1/live", s.live)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(opt.Gatherer, promhttp.HandlerOpts{}))
	mux.Handle("GET /", wall(opt.Wall))
	s.handler = guard(opt.Hosts, mux)
	return s, nil
}

// openAPI is huma's configuration without what reaches beyond this server (its
// page of documentation loads scripts from elsewhere) or adds to bodies.
func openAPI(version string) huma.Config {
	c := huma.DefaultConfig("Siaga", version)
	c.OpenAPIPath = "/api/v1/openapi"
	c.DocsPath, c.SchemasPath = "", ""
	c.CreateHooks = nil
	return c
}

func (s *Server) routes(api huma.API) {
	get := func(path, id, summary string) huma.Operation {
		return huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, MaxBodyBytes: maxBody}
	}
	huma.Register(api, get("/api/v1/nodes", "list-nodes", "All nodes"), s.listNodes)
	huma.Register(api, get("/api/v1/nodes/{id}", "get-node", "One node, with its completeness, gaps and anomalies"), s.getNode)
	huma.Register(api, get("/api/v1/quantities", "list-quantities", "All quantities, as measured and corrected"), s.listQuantities)
	huma.Register(api, get("/api/v1/readings/latest", "latest-readings", "The latest reading of every series, by reading time"), s.latest)
	huma.Register(api, get("/api/v1/readings", "readings", "Readings over time"), s.history)
	huma.Register(api, get("/api/v1/status", "status", "The center in figures"), s.getStatus)
	huma.Register(api, get("/api/v1/quarantine", "list-quarantine", "What was refused, and why"), s.listQuarantine)

	do := func(method, path, id, summary string, status int) huma.Operation {
		return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, DefaultStatus: status, MaxBodyBytes: maxBody}
	}
	huma.Register(api, do("POST", "/api/v1/wall", "wall-heartbeat", "A wall tells what it shows", 204), s.heartbeat)
	huma.Register(api, do("POST", "/api/v1/quarantine/replay", "replay-quarantine", "Give entries to ingest again", 200), s.replayQuarantine)
	huma.Register(api, do("DELETE", "/api/v1/quarantine", "drop-quarantine", "Give entries up", 200), s.dropQuarantine)

	lost := do("POST", "/api/v1/nodes/{id}/gaps/lost", "declare-lost", "A person says that packs will not come", 200)
	lost.Middlewares = huma.Middlewares{s.trusted(api, "only from this machine, or with the report token")}
	huma.Register(api, lost, s.declareLost)

	report := func(path, id, summary string) huma.Operation {
		op := do("POST", path, id, summary, 204)
		op.MaxBodyBytes = maxReport
		op.Middlewares = huma.Middlewares{s.trusted(api, "only ingesters may report")}
		return op
	}
	huma.Register(api, report("/api/v1/ingest/stored", "report-stored", "An ingester tells what it stored"), s.reportStored)
	huma.Register(api, report("/api/v1/ingest/quarantine", "report-refused", "An ingester hands over what it refused"), s.reportRefused)
}

// Handler returns the whole server's handler.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers requests on ln until ctx ends, then ends the event streams, lets
// other requests finish for up to 3 seconds, and returns nil. It closes ln. It
// may be called once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		s.end()
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	s.end()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err := srv.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-served
	if err != nil {
		return fmt.Errorf("shut down http: %w", err)
	}
	return nil
}

// unavailable logs err and returns the answer for it: no client needs to know
// the details.
func (s *Server) unavailable(what string, err error) error {
	s.opt.Logger.Error("answer request", "what", what, "err", err)
	return huma.Error503ServiceUnavailable("cannot " + what + " now")
}
