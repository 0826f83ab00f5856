package device

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "application/1/device/a1/event/up"

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func config() Config {
	return Config{Topics: []Topic{{"application/+/device/+/event/up"}}, SpoolBytes: minSpoolBytes}
}

func open(t testing.TB, conf Config, dir string) *Intake {
	t.Helper()
	in, err := Open(conf, dir, Deps{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.spool.Close() })
	return in
}

// run runs it until stop.
func run(t testing.TB, in *Intake) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, in.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func message(payload string) Message {
	return Message{Topic: topic, Payload: []byte(payload), Received: noon}
}

func stored(t testing.TB, in *Intake) (payloads []string) {
	t.Helper()
	if err := in.Scan(0, func(_ uint64, m Message) error {
		payloads = append(payloads, string(m.Payload))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return payloads
}

func TestAcknowledgesInOrderWhatIsDurable(t *testing.T) {
	dir := t.TempDir()
	in := open(t, config(), dir)
	link := in.Link(func(err error) { t.Error(err) })
	defer link.Close()
	acked := make(chan int, 1000)
	for i := range 500 {
		if err := link.Take(message(fmt.Sprint(i)), func() { acked <- i }); err != nil {
			t.Fatal(err)
		}
	}
	if err := link.Take(message("nobody waits"), nil); err != nil {
		t.Fatal(err)
	}
	if len(acked) > 0 {
		t.Error("acknowledged before anything is durable")
	}
	stop := run(t, in)
	for want := range 500 {
		if got := <-acked; got != want {
			t.Fatalf("acknowledged %d, want %d", got, want)
		}
	}
	stop()
	again := open(t, config(), dir)
	defer again.Close()
	all := stored(t, again)
	if len(all) != 501 || all[0] != "0" || all[500] != "nobody waits" {
		t.Errorf("%d stored", len(all))
	}
	if s := again.Status(); !s.Accepting || s.Records != 501 || !s.Oldest.Equal(noon) || s.LimitBytes != minSpoolBytes {
		t.Errorf("status after the restart %+v", s)
	}
}

// TestStopping makes durable what was taken, acknowledges it, and takes no more.
func TestStopping(t *testing.T) {
	in := open(t, config(), t.TempDir())
	link := in.Link(func(err error) { t.Error(err) })
	defer link.Close()
	acked := 0
	for range 100 {
		if err := link.Take(message("x"), func() { acked++ }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := in.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if acked != 100 || len(stored(t, in)) != 100 {
		t.Errorf("%d acknowledged, %d stored", acked, len(stored(t, in)))
	}
	if err := link.Take(message("late"), nil); !errors.Is(err, ErrStopped) {
		t.Errorf("taken after the end: %v", err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// TestNeverRun refuses what was taken when nobody ran it.
func TestNeverRun(t *testing.T) {
	in := open(t, config(), t.TempDir())
	hung := make(chan error, 1)
	link := in.Link(func(err error) { hung <- err })
	defer link.Close()
	if err := link.Take(message("x"), func() { t.Error("acknowledged") }); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-hung; !errors.Is(err, ErrStopped) {
		t.Error(err)
	}
}

func TestOverTheLimit(t *testing.T) {
	conf := config()
	conf.MaxMessageBytes = 10
	in := open(t, conf, t.TempDir())
	run(t, in)
	link := in.Link(func(err error) { t.Error(err) })
	defer link.Close()
	done := make(chan struct{})
	if err := link.Take(message("0123456789abc"), func() { close(done) }); err != nil {
		t.Fatal(err)
	}
	<-done
	if err := in.Scan(0, func(_ uint64, m Message) error {
		if string(m.Payload) != "0123456789" || m.Length != 13 {
			t.Errorf("kept %+v", m)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if got := counted(t, in.reg); !strings.Contains(got, resultCut) {
		t.Errorf("counted %s", got)
	}
}

func TestOnlyTopicsOfTheConfiguration(t *testing.T) {
	in := open(t, config(), t.TempDir())
	defer in.Close()
	for name, want := range map[string]bool{topic: true, "application/1/device/a1/event/join": false, "siaga/v1/n1/live": false, "$SYS/x": false} {
		if in.Takes(name) != want {
			t.Errorf("takes %s: %v", name, !want)
		}
	}
	link := in.Link(nil)
	defer link.Close()
	if err := link.Take(Message{Topic: "other"}, nil); err == nil {
		t.Error("took a topic that is not named")
	}
}

// counted returns the counters of messages.
func counted(t *testing.T, reg prometheus.Registerer) string {
	t.Helper()
	families, err := reg.(*prometheus.Registry).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "siaga_device_messages_total" {
			return f.String()
		}
	}
	return ""
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	dep := Deps{Log: slog.New(slog.DiscardHandler), Metrics: reg}
	in, err := Open(config(), t.TempDir(), dep)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(config(), t.TempDir(), dep); err == nil || !strings.Contains(err.Error(), "another device intake") {
		t.Errorf("two in one registry: %v", err)
	}
	link := in.Link(nil)
	if err := link.Take(message("x"), nil); err != nil {
		t.Fatal(err)
	}
	names := func() (all []string) {
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			all = append(all, f.GetName())
		}
		return all
	}
	want := []string{
		"siaga_device_accepting", "siaga_device_commit_seconds", "siaga_device_links", "siaga_device_queue_messages",
		"siaga_device_spool_bytes", "siaga_device_spool_limit_bytes", "siaga_device_spool_oldest_timestamp_seconds", "siaga_device_spool_records", "siaga_device_topics",
	}
	if diff := cmp.Diff(want, names()); diff != "" {
		t.Error(diff)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := in.Run(ended); err != nil {
		t.Error(err)
	}
	if got := counted(t, reg); !strings.Contains(got, resultStored) {
		t.Errorf("counted %s", got)
	}
	link.Close()
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if left := names(); len(left) > 0 {
		t.Errorf("after Close: %v", left)
	}
}
