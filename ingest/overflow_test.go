package ingest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/siaga-id/siaga/internal/spool"
)

// noRoom fills the spool of reports with such that tell of nothing.
func noRoom(t *testing.T, r *rig) {
	t.Helper()
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
}

// While the disk has no room for reports, packs are stored, and the registry hears of
// them when it is there.
func TestReportsWithoutRoomAreHeld(t *testing.T) {
	r := newRig(t)
	r.conf.ReportBytes = minSpoolBytes
	r.open(t)
	noRoom(t, r)
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
			r := newRig(t)
			r.conf.ReportBytes = minSpoolBytes
			r.open(t)
			noRoom(t, r)
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
