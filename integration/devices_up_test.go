//go:build integration

package integration

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// TestDevicesAtTheEmbeddedBroker is the same without a broker before the center:
// what the center itself has acknowledged outlives kill -9.
func TestDevicesAtTheEmbeddedBroker(t *testing.T) {
	dir, broker, web := t.TempDir(), freeAddr(t), freeAddr(t)
	conf := write(t, "siaga.yaml", fmt.Sprintf(`data_dir: %s
mqtt: {addr: %q}
influx: {addr: %q}
http: {addr: %q}
devices: {topics: [{filter: "application/+/device/+/event/up"}]}
`, dir, broker, freeAddr(t), web))
	up := func() *process {
		p := start(t, "siaga", "up", "--config", conf)
		listens(t, broker)
		return p
	}
	p := up()
	var confirmed atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	published := make(chan error, 1)
	go func() { published <- publishUplinks(ctx, "tcp://"+broker, &confirmed) }()
	for range 4 {
		before := confirmed.Load()
		eventually(t, 2*time.Minute, "messages go on", func() error {
			if n := confirmed.Load() - before; n < 2000 {
				return fmt.Errorf("%d confirmed", n)
			}
			return nil
		})
		p.hangAndKill(t, 300*time.Millisecond)
		p = up()
	}
	cancel()
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	p.stops(t)
	atLeastOnceInOrder(t, dir, int(confirmed.Load()))
}
