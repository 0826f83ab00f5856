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

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/internal/reading"
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
	// RolledUp returns until when, beginning with from, hourly roll-ups of nodes, none:
	// of all, have all their readings; nil: there are none.
	RolledUp func(nodes []reading.NodeID, from time.Time) time.Time
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
	// Metrics is where the server's own are registered; nil: nowhere.
	Metrics prometheus.Registerer
	// Wall holds the built wall, with index.html at its root. Without that, a
	// page says how to build it.
	Wall fs.FS
	// Version is the program's.
	Version string
	// Hosts are the names that requests may be made to, apart from localhost and
	// plain addresses: other names could be made to point here by a web page.
	Hosts []string
	// Access tells who makes a request.
	Access *access.Access
	// Authority gives nodes their certificates; nil: it gives none.
	Authority *authority.Authority
	// CutDevice ends the broker's sessions of a device; nil: there are none.
	CutDevice func(name string)
	// Dispatch sends configurations and commands to nodes; nil: none are sent.
	Dispatch *dispatch.Dispatcher
	// Backup copies the center, with the embedded engine's readings where history
	// says so; ErrBackingUp while another copy is there. The caller closes the copy.
	// nil: there is nothing to copy.
	Backup func(ctx context.Context, history bool) (Staged, error)
	// InfluxQL answers a viewer's query of the embedded engine, which only reads; nil:
	// InfluxDB is another program, and answers for itself.
	InfluxQL http.Handler
	// Expiries are what ends beside what Authority and Registry know; nil: nothing.
	Expiries func() []Expiry
	// Exposed are the settings by which something goes over the network unencrypted.
	Exposed []Exposure
	// Retirer nil is the registry alone: no live session is cut then.
	Retirer Retirer
	Now     func() time.Time // nil is time.Now
	Logger  *slog.Logger     // nil is slog.Default
}

// Server is the HTTP server. Its handler may be used concurrently.
type Server struct {
	opt      Options
	handler  http.Handler
	status   statusCache
	walls    walls
	refusals *prometheus.CounterVec
	streams  places
	ended    context.Context
	end      context.CancelFunc // ends the event streams
}

const (
	// maxBody bounds a request, maxReport an ingester's report: it holds whole
	// payloads, in base64. maxOpenBody bounds what somebody sends whom nobody knows:
	// a password, or a node's request for a certificate.
	maxBody     = 1 << 20
	maxReport   = 32 << 20
	maxOpenBody = 64 << 10
)

// New returns a server. It listens to nothing until Serve.
func New(opt Options) (*Server, error) {
	if opt.Registry == nil || opt.Hub == nil || opt.Influx == nil || opt.Ingest == nil ||
		opt.Replay == nil || opt.Gatherer == nil || opt.Wall == nil || opt.Access == nil {
		return nil, errors.New("new http server: a required option is missing")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.CutDevice == nil {
		opt.CutDevice = func(string) {}
	}
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	s := &Server{opt: opt, refusals: newRefusals(opt.Metrics)}
	s.ended, s.end = context.WithCancel(context.Background())

	mux := http.NewServeMux()
	api := humago.New(mux, openAPI(opt.Version))
	api.UseMiddleware(s.authorize(api))
	s.routes(api)
	s.accessRoutes(api)
	s.inventoryRoutes(api)
	s.enrolmentRoutes(api)
	s.externalRoutes(api)
	s.configurationRoutes(api)
	s.backupRoutes(api)
	mux.Handle("GET /api/v1/live", s.only(access.Viewer, s.whileAllowed(http.HandlerFunc(s.live))))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.only(access.Viewer, promhttp.HandlerFor(opt.Gatherer, promhttp.HandlerOpts{})))
	s.influxRoutes(mux)
	mux.Handle("GET /", wall(opt.Wall))
	s.handler = overTLS(s.guard(s.identify(mux)))
	return s, nil
}

func (s *Server) routes(api huma.API) {
	huma.Register(api, s.read("/api/v1/nodes", "list-nodes", "All nodes"), s.listNodes)
	huma.Register(api, s.read("/api/v1/nodes/{id}", "get-node", "One node, with its completeness, gaps and anomalies"), s.getNode)
	huma.Register(api, s.read("/api/v1/quantities", "list-quantities", "All quantities, as measured and corrected"), s.listQuantities)
	huma.Register(api, s.read("/api/v1/readings/latest", "latest-readings", "The latest reading of every series, by reading time"), s.latest)
	huma.Register(api, s.read("/api/v1/readings", "readings", "Readings over time"), s.history)
	s.fleetRoutes(api)
	huma.Register(api, s.read("/api/v1/status", "status", "The center in figures"), s.getStatus)
	huma.Register(api, s.read("/api/v1/quarantine", "list-quarantine", "What was refused, and why"), s.listQuarantine)

	// A wall that may be looked at may say what it shows.
	huma.Register(api, s.change(access.Viewer, "POST", "/api/v1/wall", "wall-heartbeat", "A wall tells what it shows"), s.heartbeat)
	huma.Register(api, s.change(access.Operator, "POST", "/api/v1/quarantine/replay", "replay-quarantine", "Give entries to ingest again"), s.replayQuarantine)
	huma.Register(api, s.change(access.Operator, "DELETE", "/api/v1/quarantine", "drop-quarantine", "Give entries up"), s.dropQuarantine)
	huma.Register(api, s.change(access.Operator, "POST", "/api/v1/nodes/{id}/gaps/lost", "declare-lost", "A person says that packs will not come"), s.declareLost)

	report := func(path, id, summary string) huma.Operation {
		op := s.change(access.Ingester, "POST", path, id, summary)
		op.MaxBodyBytes = maxReport
		return op
	}
	huma.Register(api, report("/api/v1/ingest/stored", "report-stored", "An ingester tells what it stored"), s.reportStored)
	huma.Register(api, report("/api/v1/ingest/quarantine", "report-refused", "An ingester hands over what it refused"), s.reportRefused)
}

// Handler returns the whole server's handler.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers requests on the listeners until ctx ends, then ends the event
// streams, lets other requests finish for up to 3 seconds, and returns nil. It
// closes the listeners. It may be called once.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
		ConnContext:       rememberTLS,
	}
	served := make(chan error, len(listeners))
	for _, ln := range listeners {
		go func() { served <- srv.Serve(ln) }()
	}
	var failed error
	running := len(listeners)
	select {
	case err := <-served:
		failed = fmt.Errorf("serve http: %w", err)
		running--
	case <-ctx.Done():
	}
	s.end()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err := srv.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	for range running {
		<-served
	}
	if err != nil {
		err = fmt.Errorf("shut down http: %w", err)
	}
	return errors.Join(failed, err)
}

// unavailable logs err and returns the answer for it: no client needs to know
// the details.
func (s *Server) unavailable(what string, err error) error {
	s.opt.Logger.Error("answer request", "what", what, "err", err)
	return huma.Error503ServiceUnavailable("cannot " + what + " now")
}
