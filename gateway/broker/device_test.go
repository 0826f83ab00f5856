package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/ingest/device"
)

// uplink is a topic of devices in these tests.
const uplink = "application/1/device/a1/event/up"

// devices is an intake that a test runs and stops.
type devices struct {
	*device.Intake
	run  func()       // starts making durable
	stop func() error // ends that
}

func openDevices(t testing.TB, conf device.Config) *devices {
	t.Helper()
	conf.Topics = []device.Topic{{Filter: "application/+/device/+/event/up"}}
	in, err := device.Open(conf, t.TempDir(), device.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var running bool
	d := &devices{Intake: in}
	d.run = func() {
		running = true
		go func() { ended <- in.Run(ctx) }()
	}
	d.stop = sync.OnceValue(func() error {
		cancel()
		if !running {
			return nil
		}
		return <-ended
	})
	t.Cleanup(func() {
		if err := errors.Join(d.stop(), in.Close()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// stored returns topics and payloads on disk, in order.
func (d *devices) stored(t testing.TB) []string {
	t.Helper()
	var all []string
	if err := d.Scan(0, func(_ uint64, m device.Message) error {
		all = append(all, m.Topic+" "+string(m.Payload))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDeviceIsAcknowledgedWhenDurable holds the PUBACK back, and nothing else.
func TestDeviceIsAcknowledgedWhenDurable(t *testing.T) {
	d := openDevices(t, device.Config{})
	b, got := start(t, Options{Devices: d.Intake})
	c := connect(t, b, "gateway", nil)
	first := c.Publish(uplink, 1, false, "1")
	second := c.Publish(uplink, 1, false, "2")
	// The same connection goes on meanwhile.
	wait(t, c.Publish("siaga/v1/n1/live", 1, false, "pack"))
	if m := <-got; m.Payload != "pack" {
		t.Errorf("OnPublish got %+v: what is a device's goes to the intake alone", m)
	}
	select {
	case <-first.Done():
		t.Fatal("acknowledged though nothing makes it durable")
	default:
	}
	d.run()
	wait(t, first)
	wait(t, second)
	if diff := cmp.Diff([]string{uplink + " 1", uplink + " 2"}, d.stored(t)); diff != "" {
		t.Error(diff)
	}
}

func TestDeviceReachesSubscribersToo(t *testing.T) {
	d := openDevices(t, device.Config{})
	d.run()
	b, _ := start(t, Options{Devices: d.Intake})
	in := subscribe(t, connect(t, b, "dashboard", nil), "application/#", 1)
	c := connect(t, b, "gateway", nil)
	for qos := range byte(3) {
		wait(t, c.Publish(uplink, qos, false, fmt.Sprint(qos)))
		if m := <-in; m.Payload != fmt.Sprint(qos) {
			t.Errorf("QoS %d came as %q", qos, m.Payload)
		}
	}
	wait(t, c.Publish(uplink, 1, true, "kept"))
	until(t, "retained: it is confirmed once it is stored", func() bool {
		_, kept := b.server.Topics.Retained.Get(uplink)
		return kept
	})
	if m := <-subscribe(t, connect(t, b, "late", nil), uplink, 1); !m.Retain || m.Payload != "kept" {
		t.Errorf("retained is %+v", m)
	}
	if diff := cmp.Diff([]string{uplink + " 0", uplink + " 1", uplink + " 2", uplink + " kept"}, d.stored(t)); diff != "" {
		t.Error(diff)
	}
}

func TestDeviceOnlyOnItsTopics(t *testing.T) {
	d := openDevices(t, device.Config{})
	d.run()
	b, got := start(t, Options{Devices: d.Intake})
	c := connect(t, b, "gateway", nil)
	for _, topic := range []string{"application/1/device/a1/event/join", "application/1/device/a1/event/up/x", "other"} {
		wait(t, c.Publish(topic, 1, false, "x"))
		if m := <-got; m.Topic != topic {
			t.Errorf("OnPublish got %+v, want %s", m, topic)
		}
	}
	if all := d.stored(t); len(all) > 0 {
		t.Errorf("stored %v", all)
	}
}

// TestDeviceWhenTheSpoolIsFull: no PUBACK, the connection ends, and those of nodes
// go on.
func TestDeviceWhenTheSpoolIsFull(t *testing.T) {
	d := openDevices(t, device.Config{SpoolBytes: 16 << 20, MaxMessageBytes: 400 << 10})
	d.run()
	b, got := start(t, Options{Devices: d.Intake})
	node := connect(t, b, "n1", nil)
	c := connect(t, b, "gateway", nil)
	payload := bytes.Repeat([]byte("x"), 400<<10)
	acked := 0
	for range 100 {
		tok := c.Publish(uplink, 1, false, payload)
		select {
		case <-tok.Done():
		case <-c.lost:
		}
		if !c.IsConnectionOpen() {
			break
		}
		acked++
	}
	select {
	case <-c.lost:
	case <-time.After(patience):
		t.Fatal("still connected")
	}
	if n := len(d.stored(t)); n != acked || n == 0 || n == 100 {
		t.Errorf("%d acknowledged, %d stored", acked, n)
	}
	if s := d.Status(); s.Accepting || s.Reason == "" || d.Ready(t.Context()) == nil {
		t.Errorf("status %+v", s)
	}
	if b.Stats().HungUp == 0 {
		t.Error("not counted")
	}
	wait(t, node.Publish("siaga/v1/n1/live", 1, false, "pack"))
	<-got
}

func TestDeviceWhileStopping(t *testing.T) {
	d := openDevices(t, device.Config{})
	d.run()
	b, _ := start(t, Options{Devices: d.Intake})
	c := connect(t, b, "gateway", nil)
	wait(t, c.Publish(uplink, 1, false, "1"))
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	c.Publish(uplink, 1, false, "2")
	<-c.lost
	if all := d.stored(t); len(all) != 1 {
		t.Errorf("stored %v", all)
	}
}

func TestDeviceWill(t *testing.T) {
	d := openDevices(t, device.Config{})
	d.run()
	b, _ := start(t, Options{Devices: d.Intake})
	c := connect(t, b, "gateway", func(o *mqtt.ClientOptions) { o.SetWill(uplink, "gone", 1, false) })
	c.cut()
	until(t, "the Will stored", func() bool { return len(d.stored(t)) > 0 })
}

// TestDeviceFlood sends more than may be in flight while nothing is made durable:
// the connection is read no further, and everything comes in order afterwards.
func TestDeviceFlood(t *testing.T) {
	d := openDevices(t, device.Config{})
	b, _ := start(t, Options{Devices: d.Intake})
	c := connect(t, b, "gateway", func(o *mqtt.ClientOptions) { o.SetMessageChannelDepth(1) })
	const n = 5000
	sent := make(chan mqtt.Token, n)
	go func() {
		defer close(sent)
		for i := range n {
			sent <- c.Publish(uplink, 1, false, fmt.Sprint(i))
		}
	}()
	first := <-sent
	d.run()
	wait(t, first)
	for tok := range sent {
		wait(t, tok)
	}
	all := d.stored(t)
	if len(all) != n {
		t.Fatalf("%d of %d stored", len(all), n)
	}
	for i, s := range all {
		if s != fmt.Sprint(uplink, " ", i) {
			t.Fatalf("message %d is %q", i, s)
		}
	}
}

// BenchmarkDevice measures messages of 300 bytes at QoS 1 on one connection, each
// on disk before its acknowledgement, 500 under way.
func BenchmarkDevice(b *testing.B) {
	d := openDevices(b, device.Config{})
	d.run()
	br, err := New(Options{Addr: "127.0.0.1:0", Devices: d.Intake, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	if err := br.Start(); err != nil {
		b.Fatal(err)
	}
	defer br.Close()
	c := connect(b, br, "gateway", nil)
	payload := bytes.Repeat([]byte("x"), 300)
	window := make(chan mqtt.Token, 500)
	confirmed := make(chan int)
	go func() {
		n := 0
		for tok := range window {
			if tok.Wait() && tok.Error() == nil {
				n++
			}
		}
		confirmed <- n
	}()
	n := 0
	for b.Loop() {
		window <- c.Publish(uplink, 1, false, payload)
		n++
	}
	close(window)
	if got := <-confirmed; got != n {
		b.Fatalf("%d of %d confirmed", got, n)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "msgs/s")
	c.Disconnect(0)
}
