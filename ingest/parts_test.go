package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMergeAcks(t *testing.T) {
	a := func(epoch string, seq uint64, check uint32) packAck { return packAck{epoch, seq, check} }
	r := func(epoch string, from, to uint64, check uint32) wire.AckRange {
		return wire.AckRange{Epoch: epoch, From: from, To: to, Check: check}
	}
	for _, tc := range []struct {
		name  string
		packs []packAck
		want  []wire.AckRange
	}{
		{"none", nil, nil},
		{"live before backlog", []packAck{a("e", 9, 1), a("e", 2, 2), a("e", 3, 4)}, []wire.AckRange{r("e", 2, 3, 6), r("e", 9, 9, 1)}},
		{"the same twice", []packAck{a("e", 1, 5), a("e", 1, 5), a("e", 2, 3)}, []wire.AckRange{r("e", 1, 2, 6)}},
		{"epochs apart", []packAck{a("f", 2, 1), a("e", 1, 1)}, []wire.AckRange{r("e", 1, 1, 1), r("f", 2, 2, 1)}},
		{
			"twins stand alone",
			[]packAck{a("e", 1, 1), a("e", 2, 2), a("e", 2, 3), a("e", 3, 4), a("e", 4, 8)},
			[]wire.AckRange{r("e", 1, 1, 1), r("e", 2, 2, 2), r("e", 2, 2, 3), r("e", 3, 4, 12)},
		},
	} {
		if got := mergeAcks(tc.packs); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

// More than fits into one acknowledgement goes into several.
func TestManyAcks(t *testing.T) {
	r := newRig(t)
	r.open(t)
	defer r.Close()
	for seq := uint64(1); seq <= 2*maxAckRanges; seq += 2 { // never consecutive
		r.acks.add(&verdict{node: "n1", id: packID{"n1", "e", seq}})
		r.acks.add(&verdict{node: "n1", refusal: &Refused{Detail: "bad"}})
	}
	r.acks.flush()
	ranges, refused := 0, 0
	for _, ack := range r.acker.acks["n1"] {
		ranges += len(ack.Ranges)
		refused += len(ack.Refused)
	}
	if ranges != maxAckRanges || refused != maxAckRanges {
		t.Errorf("%d ranges and %d refusals in %d acknowledgements", ranges, refused, len(r.acker.acks["n1"]))
	}
}

func TestRecord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := header{
			flags: rapid.Byte().Draw(rt, "flags"),
			lines: int(rapid.Uint32().Draw(rt, "lines")), readings: int(rapid.Uint32().Draw(rt, "readings")),
			check: rapid.Uint32().Draw(rt, "check"), length: int(rapid.Uint32().Draw(rt, "length")),
			seq: rapid.Uint64().Draw(rt, "seq"), received: rapid.Int64().Draw(rt, "received"), sealed: rapid.Int64().Draw(rt, "sealed"),
			oldest: rapid.Int64().Draw(rt, "oldest"), newest: rapid.Int64().Draw(rt, "newest"),
			node:  reading.NodeID(rapid.StringN(0, 31, 31).Draw(rt, "node")),
			epoch: rapid.StringN(0, 32, 32).Draw(rt, "epoch"),
		}
		record := append(h.append(nil), "the lines\n"...)
		got, lines, err := parseRecord(record)
		if err != nil || got != h || string(lines) != "the lines\n" {
			rt.Fatalf("%+v %q %v, want %+v", got, lines, err, h)
		}
		for cut := range len(record) - len(lines) {
			if _, _, err := parseRecord(record[:cut]); err == nil {
				rt.Fatalf("took %d of %d bytes", cut, len(record))
			}
		}
		record[0]++
		if _, _, err := parseRecord(record); err == nil {
			rt.Fatal("took a record of a later version")
		}
	})
}

func TestRefusedRecord(t *testing.T) {
	want := Refused{Kind: RefusedPack, Ingester: "c", Node: "n1", Topic: "t", Epoch: "e", Seq: 1, Check: 2, Length: 3, ReceivedMS: 4, Reason: "r", Detail: "d", Payload: []byte{0, 1, 2}}
	b, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeRefused(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for cut := range len(b) - len(want.Payload) {
		if _, err := decodeRefused(b[:cut]); err == nil {
			t.Errorf("took %d of %d bytes", cut, len(b))
		}
	}
	want.Detail = string(bytes.Repeat([]byte("é"), 1<<20))
	if b, err = want.encode(); err != nil || len(b) > 2*maxDetail {
		t.Errorf("%d bytes, %v: a long story must not make the record too large", len(b), err)
	}
}

// However lines are halved, each is sent, whole, and a refusal finds its pack.
func TestHalving(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var b batch
		for seq := uint64(1); seq <= uint64(rapid.IntRange(1, 6).Draw(rt, "packs")); seq++ {
			h := header{seq: seq, node: "n1", epoch: "e"}
			record := h.append(nil)
			lines := rapid.IntRange(1, 5).Draw(rt, "lines")
			setLines(record, lines)
			for i := range lines {
				record = fmt.Appendf(record, "%d %s\n", seq, bytes.Repeat([]byte{'x'}, i*i))
			}
			if added, err := b.add(seq, record, math.MaxInt, math.MaxInt); !added || err != nil {
				rt.Fatal(added, err)
			}
		}
		in := &Ingester{}
		var halve func(from, to int)
		halve = func(from, to int) {
			middle := b.middle(from, to)
			if middle <= from || middle > to || b.lines[middle-1] != '\n' {
				rt.Fatalf("%q halved at %d", b.lines[from:to], middle-from)
			}
			if middle == to {
				b.refuse(from, to, "no")
				return
			}
			halve(from, middle)
			halve(middle, to)
		}
		halve(0, len(b.lines))
		for i := range b.packs {
			p := &b.packs[i]
			if len(p.reasons) != p.lines || !bytes.Equal(p.refused, b.lines[p.from:p.to]) {
				rt.Fatalf("pack %d: refused %q of %q", p.seq, p.refused, b.lines[p.from:p.to])
			}
			if e := in.refusedLines(p); e.Seq != p.seq {
				rt.Fatalf("entry %+v", e)
			}
		}
	})
}

func TestBatchLimits(t *testing.T) {
	h := header{lines: 2}
	record := append(h.append(nil), "a 1\nb 2\n"...)
	for _, tc := range []struct{ lines, bytes, want int }{
		{1, 1000, 1}, {2, 1000, 1}, {4, 1000, 2}, {1000, 15, 1}, {1000, 16, 2},
	} {
		var b batch
		n := 0
		for seq := uint64(1); seq <= 3; seq++ {
			added, err := b.add(seq, record, tc.lines, tc.bytes)
			if err != nil {
				t.Fatal(err)
			}
			if !added {
				break
			}
			n++
		}
		if n != tc.want {
			t.Errorf("at most %d lines, %d bytes: took %d records, want %d", tc.lines, tc.bytes, n, tc.want)
		}
	}
}

func TestRecentForgets(t *testing.T) {
	r := newRecent(10)
	for seq := range uint64(35) {
		r.add(packID{"n", "e", seq}, uint32(seq))
		if got, ok := r.check(packID{"n", "e", seq}); !ok || got != uint32(seq) {
			t.Fatalf("%d is forgotten at once", seq)
		}
		if n := len(r.now) + len(r.old); n > 20 {
			t.Fatalf("remembers %d", n)
		}
	}
	if _, ok := r.check(packID{"n", "e", 25}); !ok {
		t.Error("forgot one of the last ten")
	}
	if _, ok := r.check(packID{"n", "e", 1}); ok {
		t.Error("never forgets")
	}
}

func TestDelayWindow(t *testing.T) {
	var w delayWindow
	if p50, p99 := w.quantiles(noon); p50 != 0 || p99 != 0 {
		t.Errorf("empty: %v %v", p50, p99)
	}
	w.add(noon.Add(-2*delaySpan), time.Hour) // too long ago to count
	for i := 1; i <= 100; i++ {
		w.add(noon, time.Duration(i)*time.Millisecond)
	}
	if p50, p99 := w.quantiles(noon); p50 != 50*time.Millisecond || p99 != 99*time.Millisecond {
		t.Errorf("%v %v", p50, p99)
	}
	for range delaySamples {
		w.add(noon, time.Second)
	}
	if p50, _ := w.quantiles(noon); p50 != time.Second {
		t.Errorf("older than the window: %v", p50)
	}
}

func TestStoredReportsGoWhenThereIsNoRoom(t *testing.T) {
	r := newRig(t)
	r.conf.ReportBytes = minSpoolBytes
	r.open(t)
	defer r.Close()
	m := &mover{in: r.Ingester}
	b := &batch{}
	for seq := uint64(1); seq <= 2000; seq += 2 {
		b.packs = append(b.packs, packed{header: header{node: "n1", epoch: "e", seq: seq, readings: 60}})
	}
	older := make([]byte, 256<<10) // in the place of many reports, which cost more to make
	for full := range 3 {
		for {
			err := r.stored.appendAll([][]byte{older})
			if errors.Is(err, spool.ErrFull) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		next, held := r.stored.Next(), r.stored.over.len()
		record, err := json.Marshal(b.ranges())
		if err != nil {
			t.Fatal(err)
		}
		most := maxHeldBytes / len(record)
		for range most + 1 {
			if err := m.reportStored(b.ranges()); err != nil {
				t.Fatalf("full for the %d. time: %v", full+1, err)
			}
		}
		kept := int(r.stored.Next()-next) + r.stored.over.len() - held
		if s := r.stored.Stats(); s.DiskBytes > minSpoolBytes || kept != most+1 {
			t.Errorf("%d reports kept, want %d: %+v", kept, most+1, s)
		}
	}
	if counted(t, r.metrics.dropped) == 0 {
		t.Error("there was room: nothing had to go")
	}
	if lost := r.stored.Lost(); len(lost) != 0 {
		t.Errorf("not settled: %v", lost)
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	stop := make(chan struct{})
	close(stop)
	if err := b.wait(context.Background(), stop, time.Hour); err != errStopping {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b.attempts = 1 << 40 // the shift must not run over
	if err := b.wait(ctx, nil, 0); err != context.Canceled {
		t.Error(err)
	}
}
