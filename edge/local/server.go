package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/internal/reading"
)

var _ Store = (*calibration.Store)(nil)

// Node tells of itself. It is called concurrently.
type Node interface {
	Snapshot() edge.Snapshot
}

// Store is the corrections of a node's sensors. It is called concurrently. What
// Set, Undo and Replace refuse they explain in words for people.
type Store interface {
	Set(c calibration.Correction) (version int, err error)
	Undo(sensor reading.SensorID, quantity reading.Quantity, author, reason string) (calibration.Entry, error)
	Replace(sensor reading.SensorID, author, reason string) error
	// History returns the oldest entry first, and how many older ones are gone.
	History(sensor reading.SensorID) (entries []calibration.Entry, dropped int)
	// Datum returns the height that makes a level of a sensor's distance.
	Datum(sensor reading.SensorID) (m float64, ok bool)
	Version() int
}

// Options configure a Server. Node and Store are required.
type Options struct {
	Node  Node
	Store Store
	// Gives is what each of the node's sensors gives at every interval, as measured.
	Gives map[reading.SensorID][]reading.Quantity
	// Scan looks for sensors; nil is no scan. It ends when ctx does. One runs at a
	// time.
	Scan func(ctx context.Context) ([]scan.Finding, error)
	// Socket is the Unix socket's path, Listen the page's address; "" is none.
	Socket, Listen string
	// PIN is wanted for changes from the page; nil is none, and the page only shows.
	PIN *PIN
	// Hosts are the names that requests may be made to, apart from localhost and
	// plain addresses: other names could be made to point here by a web page.
	Hosts  []string
	Logger *slog.Logger // nil is slog.Default
}

// Server serves a node's socket and page.
type Server struct {
	opt      Options
	door     *door
	scanning chan struct{} // holds a value while a scan runs
}

const (
	// grace is what requests under way are given at the end.
	grace = 2 * time.Second
	// retryAfter is the pause after an address that could not be listened on: a
	// network may come up after the node.
	retryAfter = 15 * time.Second
	// maxConnections bounds each listener: a node's page must not use up the files
	// that its sensors need. Further ones wait to be accepted.
	maxConnections = 32
	// answerLimit bounds a request but a scan, scanLimit that.
	answerLimit = 15 * time.Second
	scanLimit   = 2 * time.Minute
)

// New returns a server that listens to nothing until Run.
func New(opt Options) *Server {
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	return &Server{opt: opt, door: newDoor(opt.PIN), scanning: make(chan struct{}, 1)}
}

// Run serves until ctx ends, and then lets requests finish for up to 2 seconds.
// It may be called once.
func (s *Server) Run(ctx context.Context) {
	var listeners sync.WaitGroup
	if s.opt.Socket != "" {
		listeners.Go(func() { s.keep(ctx, "unix", s.opt.Socket, s.socketHandler()) })
	}
	if s.opt.Listen != "" {
		listeners.Go(func() { s.keep(ctx, "tcp", s.opt.Listen, s.pageHandler()) })
	}
	listeners.Wait()
}

// keep listens and serves for as long as ctx lasts, whatever fails.
func (s *Server) keep(ctx context.Context, network, address string, h http.Handler) {
	for {
		ln, err := listen(network, address)
		if err == nil {
			s.opt.Logger.Info("node can be reached", "network", network, "address", ln.Addr().String())
			err = s.serve(ctx, ln, h)
		}
		if ctx.Err() != nil {
			return
		}
		s.opt.Logger.Warn("node cannot be reached", "network", network, "address", address, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryAfter):
		}
	}
}

// serve answers on ln until ctx ends, and closes ln.
func (s *Server) serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       answerLimit,
		WriteTimeout:      answerLimit,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(limited)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-served
	return err
}
