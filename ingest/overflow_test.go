package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/siaga-id/siaga/internal/spool"
)

// crowded returns a rig whose spool of reports is full of such that tell of nothing.
func crowded(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.conf.ReportBytes = minSpoolBytes
	r.open(t)
	for size := 256 << 10; size > 0; size /= 2 {
		nothing := append([]byte("[]"), bytes.Repeat([]byte(" "), size)...)
		for {
			err := r.stored.appendAll([][]byte{nothing})
			if errors.Is(err, spool.ErrFull) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return r
}

// While the disk has no room for reports, packs are stored, and the registry hears of
// them when it is there.
func TestReportsWithoutRoomAreHeld(t *testing.T) {
	r := crowded(t)
	full := r.Status().WaitingReports
	r.registry.setErr(errors.New("away"))
	stop := r.set(t)
	for seq := range uint64(3) {
		r.send(t, "n1", encode(t, pack(seq+1)))
		until(t, "stored", func() bool { return r.Status().WaitingPacks == 0 && r.Status().WaitingReports == full+seq+1 })
	}
	r.registry.setErr(nil)
	until(t, "reported", func() bool { return r.Status().WaitingReports == 0 })
	told := map[uint64]bool{}
	for _, s := range r.registry.ranges() {
		for seq := s.From; seq <= s.To; seq++ {
			told[seq] = true
		}
	}
	if len(told) != 3 || !told[1] || !told[2] || !told[3] {
		t.Errorf("the registry was told of %v", told)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := counted(t, r.metrics.dropped); n != 0 {
		t.Errorf("%v reports dropped", n)
	}
}

// What neither the disk nor the registry has at the end is lost, and counted.
func TestReportsWithoutRoomAtTheEnd(t *testing.T) {
	for name, again := range map[string]bool{"no room": false, "there is again": true} {
		t.Run(name, func(t *testing.T) {
			r := crowded(t)
			r.registry.setErr(errors.New("away"))
			stop := r.set(t)
			r.send(t, "n1", encode(t, pack(1)))
			until(t, "held", func() bool { return r.stored.over.len() == 1 })
			want := 1.0
			if again {
				want = 0
				if err := r.stored.Ack(spool.Range{From: 1, To: r.stored.Next() - 1}); err != nil {
					t.Fatal(err)
				}
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if n := counted(t, r.metrics.dropped); n != want {
				t.Errorf("%v reports dropped, want %v", n, want)
			}
			if !again {
				return
			}
			r.registry.setErr(nil)
			r.start(t)
			until(t, "reported", func() bool { return len(r.registry.ranges()) == 1 })
		})
	}
}

// As soon as there is room, what is held in memory is brought to the disk, where a kill
// does not find it; also while the registry is away and no pack comes.
func TestHeldReportsGoToTheDisk(t *testing.T) {
	r := crowded(t)
	r.registry.setErr(errors.New("away"))
	stop := r.set(t)
	r.send(t, "n1", encode(t, pack(1)))
	until(t, "held", func() bool { return r.stored.over.len() == 1 })
	last := r.stored.Next() - 1
	if err := r.stored.Ack(spool.Range{From: 2, To: last}); err != nil { // the first stays: something to tell
		t.Fatal(err)
	}
	until(t, "on the disk", func() bool { return r.stored.over.len() == 0 })
	if n := r.stored.Next() - 1 - last; n != 1 {
		t.Errorf("%d reports came to the disk, want 1", n)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// As much is brought to the disk as there is room for, in its order, and what has none
// is held on.
func TestUnloadIntoLittleRoom(t *testing.T) {
	r := crowded(t)
	defer r.Close()
	full := r.stored.Next()
	const held = 1000
	for n := range held {
		if !r.stored.over.put(fmt.Appendf(nil, "%-2048d", n)) {
			t.Fatalf("memory has no room for %d reports", n)
		}
	}
	if err := r.stored.unload(); err != nil || r.stored.Next() != full || r.stored.over.len() != held {
		t.Fatalf("without room: %v, %d on the disk, %d in memory", err, r.stored.Next()-full, r.stored.over.len())
	}
	if _, err := r.stored.DropOldest(); err != nil { // one of eight
		t.Fatal(err)
	}
	if err := r.stored.unload(); err != nil {
		t.Fatal(err)
	}
	onDisk, inMemory := r.stored.Next()-full, r.stored.over.len()
	if onDisk == 0 || inMemory == 0 || int(onDisk)+inMemory != held {
		t.Errorf("with room for some: %d on the disk, %d in memory", onDisk, inMemory)
	}
	if err := r.stored.appendAll([][]byte{make([]byte, 2048)}); !errors.Is(err, spool.ErrFull) {
		t.Errorf("there was room for more: %v", err)
	}
	for seq := range onDisk {
		record, err := r.stored.Read(full+seq, nil)
		if err != nil || string(record) != fmt.Sprintf("%-2048d", seq) {
			t.Fatalf("report %d: %.10q, %v", seq, record, err)
		}
	}
	if first := r.stored.over.take(1, 0); string(first[0]) != fmt.Sprintf("%-2048d", onDisk) {
		t.Errorf("held is %.10q, want %d", first[0], onDisk)
	}
}

// Where somebody else has filled the disk, reports on it make no room for others by
// going.
func TestReportsOnDiskStayWhereOthersFillIt(t *testing.T) {
	r := newRig(t)
	r.open(t)
	const onDisk = 500
	for range onDisk {
		if err := r.stored.appendAll([][]byte{[]byte("[]")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.conf.ReserveBytes = 1 << 60
	r.open(t)
	defer r.Close()
	m := &mover{in: r.Ingester}
	record := append([]byte("[]"), bytes.Repeat([]byte(" "), 100<<10)...)
	const more = 3
	fits := maxHeldBytes / len(record)
	for range fits + more {
		if err := m.reportInMemory(record); err != nil {
			t.Fatal(err)
		}
	}
	if n, held := r.stored.Stats().Records, r.stored.over.len(); n != onDisk || held != fits {
		t.Errorf("%d on the disk, %d in memory, want %d and %d", n, held, onDisk, fits)
	}
	if n := counted(t, r.metrics.dropped); n != more {
		t.Errorf("%v reports dropped, want %d", n, more)
	}
}

// A copy of the spools has what is held in memory too.
func TestHeldReportsAreSpooled(t *testing.T) {
	r := newRig(t)
	r.open(t)
	defer r.Close()
	if err := r.stored.appendAll([][]byte{[]byte("on disk")}); err != nil {
		t.Fatal(err)
	}
	r.stored.over.put([]byte("in memory"))
	spools, _ := r.Spooled()
	var got []string
	err := spools["stored"](func(record []byte) error {
		got = append(got, string(record))
		return nil
	})
	if want := []string{"in memory", "on disk"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	full := errors.New("full")
	if err := spools["stored"](func([]byte) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}
