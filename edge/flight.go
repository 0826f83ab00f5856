package edge

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// flights is what was sent and waits for an acknowledgement, and the checks of
// what was sent lately. Not for concurrent use.
type flights struct {
	open map[uint64]*flight
	// checks holds the CRC of every pack that this process sent, also of the
	// acknowledged, so that a range can be verified whole; order bounds it.
	checks map[uint64]uint32
	order  []uint64
	trip   roundTrip
	window window
}

// flight is one pack under way.
type flight struct {
	check       uint32
	length      int
	first, sent time.Time // the first and the last time
	due         time.Time // when it counts as lost
	attempts    int
	lost        bool // known to the window already
}

const maxChecks = 1 << 14

// newFlights makes flights for a link as c, which is resolved, has it.
func newFlights(c SendConfig) *flights {
	return &flights{
		open: map[uint64]*flight{}, checks: map[uint64]uint32{},
		trip: roundTrip{floor: c.ResendMin, ceiling: c.ResendMax}, window: newWindow(c.Window),
	}
}

// departed notes that a pack was sent.
func (f *flights) departed(seq uint64, check uint32, length int, now time.Time) {
	fl := f.open[seq]
	if fl == nil {
		fl = &flight{first: now}
		f.open[seq] = fl
	}
	fl.check, fl.length, fl.sent, fl.lost = check, length, now, false
	fl.attempts++
	fl.due = now.Add(jittered(f.trip.timeout(fl.attempts)))
	if _, ok := f.checks[seq]; !ok {
		f.order = append(f.order, seq)
		if len(f.order) > maxChecks {
			delete(f.checks, f.order[0])
			f.order = f.order[1:]
		}
	}
	f.checks[seq] = check
}

// arrived notes that packs were acknowledged, all in one message. It returns when
// the message can have been written at the earliest: the latest first sending of
// what it names; zero where it names nothing that is under way.
func (f *flights) arrived(done []spool.Range, now time.Time) (after time.Time) {
	var longest time.Duration
	for _, r := range done {
		for seq := r.From; seq <= r.To; seq++ {
			fl := f.open[seq]
			if fl == nil {
				continue
			}
			delete(f.open, seq)
			if fl.first.After(after) {
				after = fl.first
			}
			if fl.attempts == 1 {
				longest = max(longest, now.Sub(fl.sent), 1)
				f.window.grow()
			}
		}
	}
	if longest > 0 {
		silent := f.trip.backoff > 0
		// One measurement a message: what it names came on different ways, and the
		// timer must be long enough for the longest.
		f.trip.measured(longest)
		if longest > f.trip.floor {
			f.window.halve(now, longest)
		}
		if silent {
			f.hurry(now)
		}
	}
	return after
}

// hurry makes what waits after fruitless attempts due soon: somebody answers
// again.
func (f *flights) hurry(now time.Time) {
	for _, fl := range f.open {
		if soon := now.Add(rand.N(f.trip.timeout(1))); soon.Before(fl.due) {
			fl.due = soon
		}
	}
}

// due lists the packs that count as lost, oldest first, and says how many others
// are under way and when the next of those will be due, zero for none.
func (f *flights) due(now time.Time) (lost []uint64, flying int, next time.Time) {
	fresh := false
	for seq, fl := range f.open {
		if now.Before(fl.due) {
			flying++
			if next.IsZero() || fl.due.Before(next) {
				next = fl.due
			}
			continue
		}
		lost = append(lost, seq)
		fresh = fresh || !fl.lost
		fl.lost = true
	}
	if fresh {
		// Once for a burst of losses, however many were in it.
		if now.Sub(f.window.halvedAt) >= f.trip.timeout(1)/2 {
			f.trip.timedOut()
		}
		f.window.halve(now, f.trip.timeout(1)/2)
	}
	slices.Sort(lost)
	return lost, flying, next
}

// verify returns the XOR of the checks of from..to, and false where one of them
// was not sent by this process.
func (f *flights) verify(from, to uint64) (check uint32, known bool) {
	if to < from || to-from >= maxChecks {
		return 0, false
	}
	for seq := from; seq <= to; seq++ {
		c, ok := f.checks[seq]
		if !ok {
			return 0, false
		}
		check ^= c
	}
	return check, true
}

// refused finds the pack that a refusal names: by its number, where the center
// could read that, else by check and length among what is under way.
func (f *flights) refused(r wire.Refusal, epoch string) (uint64, bool) {
	if r.Seq != 0 {
		c, sent := f.checks[r.Seq]
		return r.Seq, sent && r.Epoch == epoch && c == r.Check
	}
	for seq, fl := range f.open {
		if fl.check == r.Check && fl.length == r.Length {
			return seq, true
		}
	}
	return 0, false
}

// ground forgets what is under way, so that it is sent again at once: after a
// reconnect nothing tells what had arrived.
func (f *flights) ground() {
	clear(f.open)
	f.window.again()
	f.trip.backoff = 0
}

// forget drops everything: after a change of epoch the packs have other bytes.
func (f *flights) forget() {
	clear(f.open)
	clear(f.checks)
	f.order = nil
}

// prune forgets the oldest packs under way past twice the window, which fill then
// finds again.
func (f *flights) prune() {
	for len(f.open) > 2*f.window.most {
		oldest := uint64(1<<64 - 1)
		for seq := range f.open {
			oldest = min(oldest, seq)
		}
		delete(f.open, oldest)
	}
}
