package broker

import (
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"golang.org/x/time/rate"
)

// refusal is why something was refused.
type refusal int

const (
	badTopic refusal = iota
	badFilter
	badWill
	badCertificate
	badPassword
	badClientID
	noCredentials
	tooManySubscriptions
	tooManySessions
	tooMuchRetained
	tooFast
	refusalKinds
)

// refusalReasons are the values of the label "reason".
var refusalReasons = [refusalKinds]string{
	"publish", "subscribe", "will", "certificate", "password", "client_id", "no_credentials", "subscriptions", "sessions", "retained", "rate",
}

// refusals counts what was refused, and logs some of it: an attacker shall not
// fill the disk.
type refusals struct {
	counts   [refusalKinds]atomic.Uint64
	unlogged atomic.Uint64
	mayLog   *rate.Limiter
}

// Refusals are logged at this rate, after a first burst.
const (
	refusalsLoggedPerSecond = 1
	refusalsLoggedBurst     = 50
)

func newRefusals() *refusals {
	return &refusals{mayLog: rate.NewLimiter(refusalsLoggedPerSecond, refusalsLoggedBurst)}
}

// sum is how many there were, those that were only slowed down apart.
func (r *refusals) sum() uint64 {
	var n uint64
	for i := range r.counts {
		if refusal(i) != tooFast {
			n += r.counts[i].Load()
		}
	}
	return n
}

// refuse counts and logs that cl was refused topic, "" where it is about none.
func (h *hook) refuse(cl *mqtt.Client, why refusal, topic string, err error) {
	r := h.b.refusals
	r.counts[why].Add(1)
	if !r.mayLog.Allow() {
		r.unlogged.Add(1)
		return
	}
	args := []any{"reason", refusalReasons[why], "client", cl.ID, "remote", cl.Net.Remote}
	if c, ok := cl.Net.Conn.(*conn); ok {
		if who := c.who.Load(); who != nil {
			args = append(args, "name", who.name)
		}
	}
	if topic != "" {
		args = append(args, "topic", topic)
	}
	if err != nil {
		args = append(args, "err", err)
	}
	if n := r.unlogged.Swap(0); n > 0 {
		args = append(args, "not_logged", n)
	}
	h.b.opt.Logger.Warn("refused", args...)
}
