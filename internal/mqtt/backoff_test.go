package mqtt

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// pauses is a log handler that keeps the pauses before the next attempts.
type pauses struct {
	slog.Handler
	mu  sync.Mutex
	all []time.Duration
}

// Enabled makes everything come.
func (p *pauses) Enabled(context.Context, slog.Level) bool { return true }

// Handle keeps the record's pause.
func (p *pauses) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "retry_in" {
			p.mu.Lock()
			p.all = append(p.all, a.Value.Duration())
			p.mu.Unlock()
		}
		return true
	})
	return nil
}

func (p *pauses) seen() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

func TestBackOff(t *testing.T) {
	b := newBroker(t)
	b.start()
	b.stop()
	log := &pauses{Handler: slog.DiscardHandler}
	open(t, b, func(o *Options) { o.MaxBackoff, o.Logger = 400*time.Millisecond, slog.New(log) })
	most := []time.Duration{250 * time.Millisecond, 400 * time.Millisecond, 400 * time.Millisecond}
	until(t, "three attempts", func() bool { return len(log.seen()) >= len(most) })
	for i, m := range most {
		if p := log.seen()[i]; p < m/2-time.Millisecond || p > m+time.Millisecond {
			t.Errorf("pause %d is %v, want %v to %v", i+1, p, m/2, m)
		}
	}
}

// Whoever was not answered in time does not ask again at once: where thousands come
// back together, that is what keeps the broker from answering anybody.
func TestBackOffFromABrokerThatIsTooBusy(t *testing.T) {
	for _, silent := range []string{"CONNECT", "SUBSCRIBE", "the handshake"} {
		t.Run(silent, func(t *testing.T) {
			b := newBroker(t)
			b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
				return nil, false, strings.HasPrefix(p.String(), silent)
			}
			b.start()
			log := &pauses{Handler: slog.DiscardHandler}
			open(t, b, func(o *Options) {
				if silent == "the handshake" {
					ln, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = ln.Close() })
					o.URL = "tls://" + ln.Addr().String()
				}
				o.Subscriptions = []Subscription{{"a", 1}}
				o.handshake, o.MaxBackoff, o.Logger = 50*time.Millisecond, time.Hour, slog.New(log)
			})
			until(t, "an attempt", func() bool { return len(log.seen()) > 0 })
			if p := log.seen()[0]; p < 30*time.Minute-time.Second || p > time.Hour {
				t.Errorf("the first pause is %v, want 30 min to 1 h", p)
			}
		})
	}
}
