package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// Without a word for so long, a proxy or a browser may think the stream dead.
	heartbeatEvery = 10 * time.Second
	statusEvery    = time.Second
	// A client that takes nothing for so long is gone.
	writeTimeout = 10 * time.Second
	// retryStream is after how many seconds who found no place may ask again.
	retryStream = "10"
)

// live is the event stream: everything at first ("nodes", "latest", "status"),
// then what changes ("readings", "node") and each second the status. A client
// that falls behind gets everything anew.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	id := access.From(r.Context())
	leave, own, ok := s.streams.take(id.Network())
	if !ok {
		status, why := http.StatusServiceUnavailable, "too many event streams"
		if own {
			status, why = http.StatusTooManyRequests, "too many event streams from your address"
		}
		s.refused(r.Context(), reasonCrowded, id, "GET /api/v1/live", why)
		w.Header().Set("Retry-After", retryStream)
		http.Error(w, why, status)
		return
	}
	defer leave()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ended, cancel)()

	st := &stream{w: w, rc: http.NewResponseController(w)}
	// The server's own timeouts are for requests that end.
	if err := st.rc.SetReadDeadline(time.Time{}); err != nil {
		http.Error(w, "this connection cannot stream", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // asks nginx not to hold it back
	if err := s.stream(ctx, st); err != nil && ctx.Err() == nil {
		s.opt.Logger.Debug("event stream ended", "remote", r.RemoteAddr, "err", err)
	}
}

func (s *Server) stream(ctx context.Context, st *stream) error {
	sub := s.opt.Hub.Subscribe()
	defer sub.Close()
	batches := make(chan *live.Batch)
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	defer func() { cancel(); <-done }()
	go func() {
		defer close(done)
		for {
			b, err := sub.Next(ctx)
			if err != nil {
				return
			}
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	status := time.NewTicker(statusEvery)
	defer status.Stop()
	heartbeat := time.NewTicker(heartbeatEvery)
	defer heartbeat.Stop()
	if err := st.write([]byte("retry: 2000\n\n")); err != nil {
		return err
	}
	for {
		var frame []byte
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-batches:
			if b == nil {
				frame, err = s.seed(ctx)
			} else {
				frame = b.Encoded(s.frames)
			}
		case <-status.C:
			frame, err = s.statusFrame(ctx, nil)
		case <-heartbeat.C:
			frame = []byte(": still here\n\n")
		}
		if err != nil {
			return err // the client comes again
		}
		if err := st.write(frame); err != nil {
			return err
		}
	}
}

// seed is everything, as of now.
func (s *Server) seed(ctx context.Context) ([]byte, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, err
	}
	frame, err := event(nil, "nodes", nodes)
	if err != nil {
		return nil, err
	}
	now := s.opt.Now()
	if frame, err = event(frame, "latest", latestBody{stamp{now}, readings(s.opt.Hub.Latest("", 0), now)}); err != nil {
		return nil, err
	}
	return s.statusFrame(ctx, frame)
}

func (s *Server) statusFrame(ctx context.Context, frame []byte) ([]byte, error) {
	st, err := s.statusNow(ctx)
	if err != nil {
		return nil, err
	}
	return event(frame, "status", st)
}

type readingsBody struct {
	Readings []readingBody `json:"readings"`
}

// frames is what a batch looks like to all streams. A node that cannot be read
// now is left out; it is told of again within a minute.
func (s *Server) frames(b *live.Batch) []byte {
	var frame []byte
	var err error
	if len(b.Readings) > 0 {
		if frame, err = event(frame, "readings", readingsBody{readings(b.Readings, s.opt.Now())}); err != nil {
			s.opt.Logger.Error("encode readings", "err", err)
		}
	}
	var under map[reading.NodeID]registry.Event
	if len(b.Nodes) > 0 {
		if under, err = s.opt.Registry.Under(s.ended, s.opt.Now()); err != nil {
			s.opt.Logger.Error("list repairs", "err", err)
		}
	}
	for _, id := range b.Nodes {
		n, err := s.opt.Registry.Node(s.ended, id)
		if errors.Is(err, registry.ErrNotFound) {
			continue // the hub hears of a node before the registry keeps it
		}
		var next []byte
		if err == nil {
			next, err = event(frame, "node", node(&n, s.opt.Hub.Node(id), under))
		}
		if err != nil {
			s.opt.Logger.Error("encode node", "node", id, "err", err)
			continue
		}
		frame = next
	}
	return frame
}

// event appends one event. JSON has no line breaks, so one data line holds it.
func event(frame []byte, name string, body any) ([]byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return frame, err
	}
	frame = append(frame, "event: "+name+"\ndata: "...)
	frame = append(frame, data...)
	return append(frame, "\n\n"...), nil
}

// stream writes frames, each with its own time limit.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (st *stream) write(frame []byte) error {
	if len(frame) == 0 {
		return nil
	}
	if err := st.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := st.w.Write(frame); err != nil {
		return err
	}
	return st.rc.Flush()
}
