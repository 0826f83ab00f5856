//go:build linux

package main

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestReadingsAreRealistic: twelve series, whose values change and lie within their
// limits.
func TestReadingsAreRealistic(t *testing.T) {
	p := pack(world.New(seed, village), nodeID(1), 3, begin, 5, 2*time.Second)
	type line struct {
		sensor   reading.SensorID
		quantity reading.Quantity
	}
	times := map[line]map[int64]bool{}
	for _, r := range p.Readings {
		s := line{r.Sensor, r.Quantity}
		if times[s] == nil {
			times[s] = map[int64]bool{}
		}
		times[s][r.TimeMS] = true
		if r.Quantity.Check(r.Value) == reading.Suspect {
			t.Errorf("%s is %v", r.Quantity, r.Value)
		}
	}
	if len(times) != series || len(p.Readings) != 60 {
		t.Errorf("%d series, %d readings", len(times), len(p.Readings))
	}
	for s, at := range times {
		if len(at) != 5 {
			t.Errorf("%v has %d times, want 5", s, len(at))
		}
	}
}

// TestWaysSayTheSame decodes what each way sends.
func TestWaysSayTheSame(t *testing.T) {
	for _, w := range ways {
		p := pack(world.New(seed, village), nodeID(1), 0, begin, w.samples, w.step)
		messages, err := w.messages(p)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, m := range messages {
			if !w.acknowledged {
				var one struct {
					Value float64
					Time  int64
				}
				if err := json.Unmarshal(m.Payload, &one); err != nil || one.Time != p.Readings[0].TimeMS {
					t.Errorf("%s: %s: %v", w.name, m.Payload, err)
				}
				got[strings.TrimPrefix(m.Topic, "siaga/v1/"+string(p.Node)+"/")] = one.Value
				continue
			}
			var d wire.Decoder
			var back wire.Pack
			if err := d.Decode(m.Payload, &back); err != nil || len(back.Readings) != len(p.Readings) {
				t.Fatalf("%s: %d readings, %v", w.name, len(back.Readings), err)
			}
			for _, r := range back.Readings {
				if r.TimeMS == p.Readings[0].TimeMS {
					got[string(r.Sensor)+"/"+r.Quantity.String()] = r.Value
				}
			}
		}
		for _, r := range p.Readings[:series] {
			if name := string(r.Sensor) + "/" + r.Quantity.String(); got[name] != r.Value {
				t.Errorf("%s: %s is %v, want %v", w.name, name, got[name], r.Value)
			}
		}
	}
}

func TestCost(t *testing.T) {
	c := cost{Step: 10 * time.Second, Readings: 10, Payload: 160, traffic: traffic{BytesUp: 300, BytesDown: 80, SegmentsUp: 2, SegmentsDown: 3}}
	if c.payload() != 16 || c.wire() != float64(300+80+5*52)/10 || c.day() != c.wire()*12*8640 {
		t.Errorf("%v %v %v", c.payload(), c.wire(), c.day())
	}
	if got := (traffic{5, 6, 7, 8}).since(traffic{1, 1, 1, 1}); got != (traffic{4, 5, 6, 7}) {
		t.Error(got)
	}
	c.Aim = 15.9
	var b strings.Builder
	if err := show(&b, []cost{c}); err != nil || !strings.Contains(b.String(), "≤ 16: missed") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestCounterCounts sends more than one segment holds to somebody who sends half
// of it back.
func TestCounterCounts(t *testing.T) {
	const sent = 4000
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			defer conn.Close()
			b := make([]byte, sent)
			if _, err = io.ReadFull(conn, b); err == nil {
				_, err = conn.Write(b[:sent/2])
			}
		}
		ended <- err
		_, _ = io.Copy(io.Discard, conn) // until the other side has read
	}()
	c, err := newCounter(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if _, err := c.look(); err == nil {
		t.Error("nobody is connected yet")
	}
	conn, err := net.Dial("tcp", c.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(make([]byte, sent)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, sent/2)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var got traffic
	for range 100 { // what came back counts once it is acknowledged
		if got, err = c.look(); err != nil {
			t.Fatal(err)
		}
		if got.BytesDown >= sent/2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	// Three segments hold 4000 bytes, two 2000; a handshake comes on top.
	if got.BytesUp != sent || got.BytesDown < sent/2 || got.SegmentsUp < 3+2 || got.SegmentsDown < 2+1 {
		t.Errorf("%+v", got)
	}
}
