package edge

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// fakePacks is a queue in memory: packs by number from 1 on, "" for one that
// waits no more.
type fakePacks struct {
	packs []string // boot, or what cannot be decoded
	reads map[uint64]int
}

func (f *fakePacks) Next() uint64 { return uint64(len(f.packs) + 1) }

func (f *fakePacks) Waiting() (all []spool.Range) {
	for i, p := range f.packs {
		seq := uint64(i + 1)
		switch n := len(all); {
		case p == "":
		case n > 0 && all[n-1].To+1 == seq:
			all[n-1].To = seq
		default:
			all = append(all, spool.Range{From: seq, To: seq})
		}
	}
	return all
}

func (f *fakePacks) Read(seq uint64, _ []byte) ([]byte, error) {
	f.reads[seq]++
	switch p := f.packs[seq-1]; p {
	case "damaged":
		return nil, &spool.DamageError{}
	case "garbage":
		return []byte("garbage"), nil
	case "newer":
		return []byte{0x81, recordVersion + 1}, nil
	default:
		return record{Version: recordVersion, Boot: p, SealedMS: int64(seq) * 1000}.encode()
	}
}

// TestBootsAreThoseOfEveryPack, however few are looked at.
func TestBootsAreThoseOfEveryPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fakePacks{reads: map[uint64]int{}}
		var want []bootSpan
		for b := range rapid.IntRange(0, 6).Draw(t, "boots") {
			boot := fmt.Sprint("b", b)
			for range rapid.IntRange(1, 30).Draw(t, "packs") {
				p := rapid.SampledFrom([]string{boot, boot, boot, boot, "", "damaged", "garbage", "newer"}).Draw(t, "pack")
				f.packs = append(f.packs, p)
				if p != boot {
					continue
				}
				if n := len(want); n == 0 || want[n-1].boot != boot {
					want = append(want, bootSpan{boot: boot, from: uint64(len(f.packs))})
				}
				want[len(want)-1].lastMS = int64(len(f.packs)) * 1000
			}
		}
		now := rapid.SampledFrom([]string{"now", "b0", "b1", "b5"}).Draw(t, "now")
		if i := slices.IndexFunc(want, func(s bootSpan) bool { return s.boot == now }); i >= 0 && i < len(want)-1 {
			t.Skip("a boot does not come again")
		}
		if n := len(want); n == 0 || want[n-1].boot != now {
			want = append(want, bootSpan{boot: now, from: f.Next()})
		}
		got, err := boots(f, now)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(bootSpan{})); err != nil || diff != "" {
			t.Fatalf("%v, boots (-want +got):\n%s", err, diff)
		}
		for seq, n := range f.reads {
			if p := f.packs[seq-1]; (p == "damaged" || p == "garbage" || p == "newer") && n > 1 {
				t.Fatalf("pack %d, which is %s, was read %d times", seq, p, n)
			}
		}
	})
}

// threeDays is how many packs a node queues in 72 hours, one every 10 s.
const threeDays = 72 * 360

// TestALongQueueIsNotReadAtTheStart: a queue of three days on a slow card.
func TestALongQueueIsNotReadAtTheStart(t *testing.T) {
	f := &fakePacks{packs: slices.Repeat([]string{"b1"}, threeDays), reads: map[uint64]int{}}
	f.packs = append(f.packs, slices.Repeat([]string{"b2"}, threeDays)...)
	if _, err := boots(f, "b3"); err != nil {
		t.Fatal(err)
	}
	reads := 0
	for _, n := range f.reads {
		reads += n
	}
	if reads > 40 {
		t.Errorf("%d of %d packs were read", reads, 2*threeDays)
	}
}

// slowCard is a queue of which each read takes its time.
type slowCard struct {
	queue
	read time.Duration
}

func (s slowCard) Read(seq uint64, buf []byte) ([]byte, error) {
	time.Sleep(s.read)
	return s.queue.Read(seq, buf)
}

// TestALongUntimedBootHoldsNothingUp: hours without a clock lie in the queue of a
// card so slow that to read them takes many minutes, to be sent with their bounds.
// Meanwhile the loops turn, and what is measured now is at the center at once.
func TestALongUntimedBootHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(buildTime.Add(24 * time.Hour)))
		cfg := testConfig(t)
		disk, err := spool.Open(cfg.DataDir+"/queue", spool.Options{})
		must(t, err)
		var packs [][]byte
		const hours = threeDays / 7 // ten, of packs every 10 s
		for i := range int64(hours) {
			b, err := newRecord("b0", i*10_000, "35.05.12.1001", true, []reading.Reading{{
				Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: i * 10_000, Value: 1, Quality: reading.NotEvaluated,
			}}).encode()
			must(t, err)
			packs = append(packs, b)
		}
		for part := range slices.Chunk(packs, 1000) {
			_, err = disk.Append(part...)
			must(t, err)
		}
		must(t, disk.Close())

		center := newFakeCenter(t)
		r := startOn(t, cfg, newTestClock("b1", wire.Synced), center, center.connect, func(a *Agent) {
			a.queue = slowCard{a.queue, 100 * time.Millisecond}
			a.sender.queue, a.sealer.queue = a.queue, a.queue
		})
		var slowest time.Duration
		seconds := 0
		for ; r.waiting() > 0; seconds++ {
			if seconds > 3600 {
				t.Fatalf("%d packs still wait after an hour", r.waiting())
			}
			if seconds%10 == 0 {
				measureOnly(r, float64(seconds))
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if !r.agent.Alive() {
				t.Fatalf("after %d s the agent counts as hung", seconds)
			}
			center.look(func() {
				if center.newestMS > 0 {
					slowest = max(slowest, center.newestAt.Sub(time.UnixMilli(center.newestMS)))
				}
			})
		}
		r.stop()
		if len(center.untimed) < hours || len(center.stored) < seconds/10 {
			t.Errorf("%d untimed packs and %d readings arrived in %d s", len(center.untimed), len(center.stored), seconds)
		}
		// It is sealed within a second, and waits for one turn of the backlog.
		if slowest > 5*time.Second {
			t.Errorf("a reading of the present took %v", slowest)
		}
		if time.Duration(seconds)*time.Second < 2*standstill {
			t.Errorf("it took %d s: this test is about a slow card", seconds)
		}
	})
}
