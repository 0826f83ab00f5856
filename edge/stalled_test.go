package edge

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/wire"
)

// stalledConn is a connection to a broker that reads no more: a publish ends
// only when the connection does.
type stalledConn struct {
	once   sync.Once
	closed chan struct{}
}

func (c *stalledConn) PublishAsync(mqtt.Message) func(context.Context) error {
	<-c.closed
	return func(context.Context) error { return mqtt.ErrOffline }
}

func (c *stalledConn) Reconnect() {}

func (c *stalledConn) Address() string { return "" }

func (c *stalledConn) Connected() (bool, error) { return true, nil }

func (c *stalledConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// TestABrokerThatReadsNoMoreDoesNotHoldUpTheEnd would stand still, and the
// bubble report it, if the end waited for the publish.
func TestABrokerThatReadsNoMoreDoesNotHoldUpTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		conn := &stalledConn{closed: make(chan struct{})}
		r := startOn(t, testConfig(t), newTestClock("b1", wire.Synced), center, func(o mqtt.Options) (connection, error) {
			o.OnConnect()
			return conn, nil
		})
		r.measure(1)
		r.stop()
		if got := r.agent.Counts().QueuedReadings; got != 1 {
			t.Errorf("%d readings queued, want 1", got)
		}
	})
}
