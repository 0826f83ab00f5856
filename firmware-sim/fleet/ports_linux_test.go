package fleet

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// TestPortsAreServed opens both terminals and waits for a frame on each.
func TestPortsAreServed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var (
		mu     sync.Mutex
		served []string
		reads  sync.WaitGroup
	)
	err := ServePorts(ctx, Options{Seed: 1}, world.VillageAt(0), func(sensor, driver, tty string) {
		mu.Lock()
		defer mu.Unlock()
		served = append(served, sensor+" "+driver)
		reads.Go(func() {
			port, err := os.Open(tty)
			if err != nil {
				t.Error(err)
				return
			}
			defer port.Close()
			b := make([]byte, 1)
			if _, err := port.Read(b); err != nil || b[0] != 0x42 && b[0] != 0xFF {
				t.Errorf("%s says %x, %v", sensor, b, err)
			}
		})
		if len(served) == 2 {
			go func() { reads.Wait(); cancel() }()
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	slices.Sort(served)
	if want := []string{"pm-1 pms5003", "sungai-1 a02yyuw"}; !slices.Equal(served, want) {
		t.Errorf("served %v, want %v", served, want)
	}
}

// TestSensorsOnOnePort has a radar, which is a sensor for each direction.
func TestSensorsOnOnePort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ttys := map[string]string{}
	err := ServePorts(ctx, Options{Seed: 1, Chips: []string{"ops243"}}, world.VillageAt(0), func(sensor, _, tty string) {
		if ttys[sensor] = tty; len(ttys) == 2 {
			cancel()
		}
	})
	if err != nil {
		t.Error(err)
	}
	if ttys["radar-1-masuk"] == "" || ttys["radar-1-masuk"] != ttys["radar-1-keluar"] {
		t.Errorf("served %v, want both directions on one terminal", ttys)
	}
}
