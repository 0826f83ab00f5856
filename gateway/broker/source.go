package broker

import (
	"log/slog"
	"sync/atomic"

	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// source gives mochi the connections of a listener, and notes when mochi has done
// with one, which its own listeners do not tell.
type source struct {
	id     string
	ln     *listener
	hook   *hook
	log    *slog.Logger
	closed atomic.Bool
}

var _ listeners.Listener = (*source)(nil)

// ID names it in mochi.
func (s *source) ID() string { return s.id }

// Address is the one that is listened on.
func (s *source) Address() string { return s.ln.Addr().String() }

// Protocol is "tcp".
func (s *source) Protocol() string { return s.ln.Addr().Network() }

// Init gets mochi's logger.
func (s *source) Init(log *slog.Logger) error {
	s.log = log
	return nil
}

// Serve hands mochi one connection after another until Close.
func (s *source) Serve(establish listeners.EstablishFn) {
	for {
		nc, err := s.ln.Accept()
		if err != nil {
			return
		}
		go func() {
			c := nc.(*conn)
			defer close(c.ended)
			err := establish(s.id, c)
			if err != nil {
				s.log.Warn("", "error", err)
			}
			if !c.spoke {
				s.hook.unheard(c, err)
			}
			s.hook.taken(c) // where its CONNACK could not be sent
		}()
	}
}

// Close ends the clients' connections, then the listener with those that are no
// clients yet. mochi's way of doing the former takes a lock twice
// (Clients.GetByListener), which never ends where a client leaves just then.
func (s *source) Close(listeners.CloseFn) {
	if s.closed.CompareAndSwap(false, true) {
		for _, cl := range s.hook.b.server.Clients.GetAll() {
			if cl.Net.Listener == s.id && !cl.Closed() {
				_ = s.hook.b.server.DisconnectClient(cl, packets.ErrServerShuttingDown) // it may be gone
			}
		}
	}
	if err := s.ln.Close(); err != nil {
		s.log.Debug("close listener", "err", err)
	}
}
