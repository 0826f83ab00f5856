package gateway

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
)

// queueProbe is how many messages the check leaves at the broker for a client
// that is away: more than Mosquitto keeps by default (max_queued_messages 1000).
const queueProbe = 1500

// checkBroker connects, and finds out by trying whether the broker shares
// subscriptions and keeps what a client that is away has not read: no protocol
// tells these settings.
func checkBroker(ctx context.Context, cfg mqtt.Config, say func(id, en string) string) []Finding {
	ctx, cancel := context.WithTimeout(ctx, 3*checkTimeout)
	defer cancel()
	f := Finding{Check: "broker", Grade: Fail, Remedy: say("broker harus berjalan di sana dan mengizinkan klien ini masuk", "the broker must run there and let this client in")}
	opt, err := cfg.Options()
	if err != nil {
		f.Text = err.Error()
		return []Finding{f}
	}
	probe := strings.ToLower(rand.Text()[:8])
	opt.ClientID = "siaga-check-" + probe
	sender, err := connected(ctx, opt)
	if err != nil {
		f.Text = err.Error()
		return []Finding{f}
	}
	defer sender.Close()
	f.Grade, f.Text, f.Remedy = Pass, say("tersambung ke ", "connected to ")+cfg.URL, ""
	return []Finding{f, checkQueue(ctx, opt, sender, probe, say)}
}

// checkQueue subscribes in a share group with a session that stays, goes away,
// and counts what it finds when it comes back.
func checkQueue(ctx context.Context, opt mqtt.Options, sender *mqtt.Conn, probe string, say func(id, en string) string) Finding {
	f := Finding{
		Check: "broker queue", Grade: Fail,
		Remedy: say("atur agar broker menyimpan sesi dan cukup banyak pesan; untuk Mosquitto lihat configs/mosquitto.conf (max_queued_messages, max_inflight_messages)",
			"let the broker keep sessions and enough messages; for Mosquitto see configs/mosquitto.conf (max_queued_messages, max_inflight_messages)"),
	}
	var got atomic.Int64
	topic := "siaga/check/" + probe
	opt.ClientID += "-reader"
	opt.Persistent = true
	opt.Subscriptions = []mqtt.Subscription{{Filter: "$share/siaga-check/" + topic, QoS: 1}}
	opt.OnMessage = func(mqtt.Message) { got.Add(1) }
	reader, err := connected(ctx, opt)
	if err != nil {
		f.Text = say("berlangganan bersama ($share): ", "subscribe in a share group: ") + err.Error()
		return f
	}
	defer forget(ctx, opt)
	if err := reader.Close(); err != nil {
		f.Text = err.Error()
		return f
	}
	// One after the other they would take a broker that is far away too long.
	sent := make([]func(context.Context) error, queueProbe)
	for i := range sent {
		sent[i] = sender.PublishAsync(mqtt.Message{Topic: topic, Payload: []byte("x"), QoS: 1})
	}
	for _, confirmed := range sent {
		if err := confirmed(ctx); err != nil {
			f.Text = err.Error()
			return f
		}
	}
	if reader, err = connected(ctx, opt); err != nil {
		f.Text = err.Error()
		return f
	}
	waitFor(ctx, func() bool { return got.Load() >= queueProbe })
	closeErr := reader.Close()
	if n := got.Load(); n < queueProbe {
		f.Text = fmt.Sprintf(say(
			"dari %d pesan untuk klien yang sedang terputus, broker menyimpan %d: paket akan datang terlambat, setelah dikirim ulang",
			"of %d messages for a subscriber that was away, the broker kept %d: packs would come late, after a resend"), queueProbe, n)
		return f
	}
	if closeErr != nil {
		f.Text = closeErr.Error()
		return f
	}
	f.Grade, f.Text, f.Remedy = Pass, fmt.Sprintf(say(
		"mendukung langganan bersama, dan menyimpan %d pesan untuk klien yang sedang terputus",
		"shares subscriptions, and keeps %d messages for a subscriber that is away"), queueProbe), ""
	return f
}

// forget takes the session that opt left at the broker away, with all that is
// queued in it: a clean one of the same name does that.
func forget(ctx context.Context, opt mqtt.Options) {
	opt.Persistent, opt.Subscriptions, opt.OnMessage = false, nil, nil
	// Also where the check ran out of time.
	if c, err := connected(context.WithoutCancel(ctx), opt); err == nil {
		_ = c.Close() // there is nothing left to say
	}
}

// connected opens a connection and waits until it stands.
func connected(ctx context.Context, opt mqtt.Options) (*mqtt.Conn, error) {
	up := make(chan struct{}, 1)
	opt.OnConnect = func() {
		select {
		case up <- struct{}{}:
		default:
		}
	}
	c, err := mqtt.Open(opt)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(checkTimeout)
	defer timer.Stop()
	select {
	case <-up:
		return c, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		if _, err = c.Connected(); err == nil {
			err = mqtt.ErrOffline
		}
	}
	_ = c.Close() // the reason for giving up is the one to tell
	return nil, err
}

// waitFor looks until done, for 5 s at most.
func waitFor(ctx context.Context, done func() bool) {
	limit := time.Now().Add(5 * time.Second)
	for !done() && time.Now().Before(limit) && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
}
