package edge

import (
	"math/rand/v2"
	"time"
)

// flights is what was sent and waits for an acknowledgement, and the checks of
// what was sent lately. Not for concurrent use.
type flights struct {
	open map[uint64]*flight
	// checks holds the CRC of every pack that this process sent, also of the
	// acknowledged, so that a range can be verified whole; order bounds it.
	checks map[uint64]uint32
	order  []uint64
	rtt    time.Duration // smoothed; 0 = none measured yet
}

// flight is one pack under way.
type flight struct {
	check    uint32
	length   int
	sent     time.Time
	due      time.Time // when it is sent again
	attempts int
}

const (
	maxChecks = 1 << 14
	minResend = 2 * time.Second
	maxResend = time.Minute
)

func newFlights() *flights {
	return &flights{open: map[uint64]*flight{}, checks: map[uint64]uint32{}}
}

// departed notes that a pack was sent.
func (f *flights) departed(seq uint64, check uint32, length int, now time.Time) {
	fl := f.open[seq]
	if fl == nil {
		fl = &flight{}
		f.open[seq] = fl
	}
	fl.check, fl.length, fl.sent = check, length, now
	fl.attempts++
	fl.due = now.Add(f.resendAfter(fl.attempts))
	if _, ok := f.checks[seq]; !ok {
		f.order = append(f.order, seq)
		if len(f.order) > maxChecks {
			delete(f.checks, f.order[0])
			f.order = f.order[1:]
		}
	}
	f.checks[seq] = check
}

// arrived notes that a pack was acknowledged. Only packs sent once measure the
// round trip: with others it is not known which copy was acknowledged.
func (f *flights) arrived(seq uint64, now time.Time) {
	fl := f.open[seq]
	if fl == nil {
		return
	}
	delete(f.open, seq)
	if fl.attempts == 1 {
		sample := now.Sub(fl.sent)
		if f.rtt == 0 {
			f.rtt = sample
		} else {
			f.rtt += (sample - f.rtt) / 8 // RFC 6298 §2.3
		}
	}
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

// byCheck finds an open flight by the check and length of its bytes, for
// refusals of packs whose sequence number could not be read.
func (f *flights) byCheck(check uint32, length int) (uint64, bool) {
	for seq, fl := range f.open {
		if fl.check == check && fl.length == length {
			return seq, true
		}
	}
	return 0, false
}

// ground forgets what is under way, so that it is sent again at once: after a
// reconnect nothing tells what had arrived.
func (f *flights) ground() {
	clear(f.open)
}

// forget drops everything: after a change of epoch the packs have other bytes.
func (f *flights) forget() {
	clear(f.open)
	clear(f.checks)
	f.order = nil
}

// resendAfter grows with the measured round trip and with every attempt, and is
// jittered, so that a district's nodes do not resend together.
func (f *flights) resendAfter(attempts int) time.Duration {
	d := max(4*f.rtt, minResend) << min(attempts-1, 6)
	d = min(d, maxResend)
	return d + rand.N(d/2)
}
