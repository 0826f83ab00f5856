//go:build integration

package chaos

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/wire"
)

// watch looks on: at the broker for what passes, and at InfluxDB for when what has
// come is there. It sees what it can; no verdict of right or wrong rests on it.
type watch struct {
	conn *mqtt.Conn
	stop chan struct{}
	over sync.WaitGroup

	mu  sync.Mutex
	dec wire.Decoder
	// lane is on which one a pack came first.
	lane  map[packName]wire.Channel
	acked map[packName]time.Time
	// stored is when a level's reading was first seen in InfluxDB.
	stored map[levelName]time.Time
}

type packName struct {
	node string
	seq  uint64
}

type levelName struct {
	node   string
	timeMS int64
}

func newWatch(t *testing.T, broker string, db parts.Database) *watch {
	t.Helper()
	w := &watch{
		stop: make(chan struct{}), lane: map[packName]wire.Channel{},
		acked: map[packName]time.Time{}, stored: map[levelName]time.Time{},
	}
	var err error
	w.conn, err = mqtt.Open(mqtt.Options{
		URL: "tcp://" + broker, ClientID: "chaos-watch", MaxBackoff: time.Second,
		Subscriptions: []mqtt.Subscription{{Filter: wire.Filter(wire.Live)}, {Filter: wire.Filter(wire.Fill)}, {Filter: wire.Filter(wire.AckChannel)}},
		OnMessage:     w.see, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	// Two looks: a quick one at what is new, and a slow one at what comes late.
	w.over.Go(func() { w.look(db, 200*time.Millisecond, 15*time.Second) })
	w.over.Go(func() { w.look(db, 5*time.Second, 10*time.Minute) })
	return w
}

func (w *watch) close() error {
	close(w.stop)
	w.over.Wait()
	return w.conn.Close()
}

func (w *watch) see(m mqtt.Message) {
	now := time.Now()
	node, channel, err := wire.ParseTopic(m.Topic)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if channel != wire.AckChannel {
		var p wire.Pack
		name := packName{node: string(node)}
		if w.dec.Decode(m.Payload, &p) != nil || p.Clock == wire.Unknown {
			return
		}
		name.seq = p.Seq
		if w.lane[name] == "" {
			w.lane[name] = channel
		}
		return
	}
	ack, err := wire.ParseAck(m.Payload)
	if err != nil {
		return
	}
	for _, r := range ack.Ranges {
		for seq := r.From; seq <= r.To && seq-r.From < 10_000; seq++ {
			name := packName{string(node), seq}
			if w.acked[name].IsZero() {
				w.acked[name] = now
			}
		}
	}
}

func (w *watch) look(db parts.Database, every, back time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		found, err := db.Query(fmt.Sprintf(`SELECT "level" FROM "water" WHERE time >= now() - %ds GROUP BY "node"`, int(back.Seconds())))
		if err != nil {
			continue // it may be dead
		}
		now := time.Now()
		w.mu.Lock()
		for _, s := range found {
			for _, row := range s.Values {
				var at int64
				if _, err := fmt.Sscan(fmt.Sprint(row[0]), &at); err != nil {
					continue
				}
				name := levelName{strings.Clone(s.Tags["node"]), at}
				if w.stored[name].IsZero() {
					w.stored[name] = now
				}
			}
		}
		w.mu.Unlock()
	}
}

// fillDuring counts packs that came on the fill lane and were acknowledged for
// the first time within a span.
func (w *watch) fillDuring(from, to time.Time) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, at := range w.acked {
		if w.lane[name] == wire.Fill && at.After(from) && at.Before(to) {
			n++
		}
	}
	return n
}

// delays returns how long each pack with a level's reading took from its sealing,
// between from and to, until it was seen in InfluxDB, of those that came on a
// lane, except for nodes whose clocks or cards are odd. They are sorted.
func (w *watch) delays(packs []pack, lane wire.Channel, odd map[string]bool, from, to time.Time) (all []time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range packs {
		if odd[p.card.node] || w.lane[packName{p.card.node, p.seq}] != lane {
			continue
		}
		sealed := time.UnixMilli(p.sealedMS)
		if sealed.Before(from) || sealed.After(to) {
			continue
		}
		for point := range p.values {
			if point.Field != "level" {
				continue
			}
			if at, ok := w.stored[levelName{point.Node, point.TimeMS}]; ok {
				all = append(all, at.Sub(sealed))
				break
			}
		}
	}
	slices.Sort(all)
	return all
}
