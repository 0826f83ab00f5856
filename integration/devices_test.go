//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// TestDevicesAtAnExternalBroker publishes as a gateway of other makers' devices
// does, without our acknowledgements, while the ingester is killed again and
// again: what the broker has confirmed is on disk at the end, in order.
func TestDevicesAtAnExternalBroker(t *testing.T) {
	m := newMosquitto(t)
	dir, web := t.TempDir(), freeAddr(t)
	// Neither InfluxDB nor center are there, and neither is missed.
	conf := write(t, "siaga-ingest.yaml", fmt.Sprintf(`data_dir: %s
mqtt: {url: %q}
influx: {url: "http://127.0.0.1:9"}
center: {url: "http://127.0.0.1:9"}
devices: {topics: [{filter: "application/+/device/+/event/up"}]}
http: {addr: %q}
`, dir, m.url(), web))
	up := func() *process { return start(t, "siaga", "ingest", "--config", conf) }
	p := up()
	// From its first subscription on the broker keeps what comes.
	probe(t, m.url(), func() bool { return records(web) > 0 })

	var confirmed atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	published := make(chan error, 1)
	go func() { published <- publishUplinks(ctx, m.url(), &confirmed) }()
	for range 4 {
		before := confirmed.Load()
		eventually(t, 20*time.Second, "messages go on", func() error {
			if n := confirmed.Load() - before; n < 2000 {
				return fmt.Errorf("%d confirmed", n)
			}
			return nil
		})
		p.hangAndKill(t, 300*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		p = up()
	}
	cancel()
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	want := int(confirmed.Load())
	eventually(t, 60*time.Second, "the ingester has as many as the broker kept", func() error {
		if n := records(web); n < want {
			return fmt.Errorf("%d of %d messages", n, want)
		}
		return nil
	})
	p.stops(t)
	// Some of them came again: what is not there yet comes with the next
	// connection.
	for kept := readSpool(t, dir); kept.next < want; kept = readSpool(t, dir) {
		p = up()
		eventually(t, 20*time.Second, fmt.Sprintf("what follows message %d comes", kept.next-1), func() error {
			if n := records(web); n <= kept.records {
				return fmt.Errorf("%d records", n)
			}
			return nil
		})
		p.stops(t)
	}
	atLeastOnceInOrder(t, dir, want)
}

// probe publishes messages without a number until one has arrived.
func probe(t *testing.T, url string, arrived func() bool) {
	t.Helper()
	conn, err := mqtt.Open(mqtt.Options{URL: url, ClientID: "probe", MaxBackoff: time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	eventually(t, 20*time.Second, "the ingester follows", func() error {
		conn.PublishAsync(mqtt.Message{Topic: "application/1/device/a1/event/up", Payload: []byte(probed), QoS: 1})
		if !arrived() {
			return errors.New("no message has arrived")
		}
		return nil
	})
}

// probed is the content of a message that only asks whether anybody follows.
const probed = "probe"

// publishUplinks publishes numbered messages, 100 under way, until ctx ends, and
// counts those that the broker has confirmed. After a lost connection it begins
// again with the first that was not, as such gateways do.
func publishUplinks(ctx context.Context, url string, confirmed *atomic.Int64) error {
	conn, err := mqtt.Open(mqtt.Options{URL: url, ClientID: "chirpstack", MaxBackoff: time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer conn.Close()
	var pending []func(context.Context) error
	for next := 0; ; {
		for ; len(pending) < 100 && ctx.Err() == nil; next++ {
			pending = append(pending, conn.PublishAsync(mqtt.Message{
				Topic: "application/1/device/a1/event/up", Payload: fmt.Appendf(nil, `{"n":%d}`, next), QoS: 1,
			}))
		}
		if len(pending) == 0 {
			return nil
		}
		if err := pending[0](context.Background()); err != nil {
			next, pending = int(confirmed.Load()), nil
			time.Sleep(20 * time.Millisecond)
			continue
		}
		pending = pending[1:]
		confirmed.Add(1)
	}
}

// records asks an ingester or a center how many messages wait on its disk.
func records(addr string) (n int) {
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	for line := range strings.Lines(string(b)) {
		if _, err := fmt.Sscanf(line, "siaga_device_spool_records %d", &n); err == nil {
			return n
		}
	}
	return 0
}

// spooled is what the spool of an ingester holds.
type spooled struct {
	records int // all of them, a probe's too
	next    int // messages 0 to next-1 are there
	again   int // records of a message that was there already
}

// atLeastOnceInOrder reads the spool that an ingester has left.
func atLeastOnceInOrder(t *testing.T, dir string, want int) {
	t.Helper()
	kept := readSpool(t, dir)
	if kept.next < want {
		t.Errorf("%d of %d confirmed messages are there", kept.next, want)
	}
	t.Logf("%d messages, %d of them came again", kept.next, kept.again)
}

// readSpool fails the test where a message has come before one that is missing.
func readSpool(t *testing.T, dir string) (kept spooled) {
	t.Helper()
	in, err := device.Open(device.Config{}, filepath.Join(dir, "devices"), device.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.Scan(0, func(seq uint64, m device.Message) error {
		kept.records++
		if string(m.Payload) == probed {
			return nil
		}
		var n int
		if _, err := fmt.Sscanf(string(m.Payload), `{"n":%d}`, &n); err != nil {
			return err
		}
		switch {
		case n == kept.next:
			kept.next++
		case n < kept.next:
			kept.again++
		default:
			return fmt.Errorf("record %d is message %d: %d to %d are missing", seq, n, kept.next, n-1)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return kept
}
