package readout

import (
	"io"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
)

// frame1953 is the A02YYUW's golden frame: 1953 mm.
var frame1953 = []byte{0xFF, 0x07, 0xA1, 0xA7}

// ports is a board that has only serial ports, whose sensors say a frame ten
// times a second; those that are silent say none.
type ports struct {
	driver.Board
	silent map[string]bool

	mu    sync.Mutex
	open  map[string]*talker
	opens map[string]int
}

// talker is an open port.
type talker struct {
	*drivertest.Port
	stop   chan struct{}
	ended  sync.WaitGroup
	closed sync.Once
}

func newPorts(silent ...string) *ports {
	b := &ports{silent: map[string]bool{}, open: map[string]*talker{}, opens: map[string]int{}}
	for _, path := range silent {
		b.silent[path] = true
	}
	return b
}

func (b *ports) Serial(path string, _ int, _ uart.Parity) (io.ReadWriteCloser, error) {
	t := &talker{Port: drivertest.NewPort(), stop: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[path] = t
	b.opens[path]++
	if !b.silent[path] {
		t.ended.Go(t.talk)
	}
	return t, nil
}

func (t *talker) talk() {
	for {
		t.Send(frame1953...)
		select {
		case <-t.stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (t *talker) Close() error {
	t.closed.Do(func() { close(t.stop) })
	t.ended.Wait()
	return t.Port.Close()
}

func (b *ports) unplug(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[path].Unplug(io.EOF)
}

func (b *ports) opened(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opens[path]
}

// overWater is a node's configuration of sensors that look down at water, each at
// a port of its name.
func overWater(t *testing.T, ids ...string) edge.Config {
	t.Helper()
	cfg := edge.DefaultConfig()
	cfg.Node, cfg.Site, cfg.DataDir = "uji-01", "35.05.12.1001", t.TempDir()
	for _, id := range ids {
		cfg.Sensors = append(cfg.Sensors, edge.SensorConfig{
			ID: id, Driver: "a02yyuw", Interval: time.Second, Options: map[string]any{"port": id},
		})
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return cfg
}
