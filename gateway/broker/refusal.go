package broker

import (
	"errors"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
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
	noConnect
	full
	refusalKinds
)

// refusalReasons are the values of the label "reason".
var refusalReasons = [refusalKinds]string{
	"publish", "subscribe", "will", "certificate", "password", "client_id", "no_credentials", "subscriptions", "sessions", "retained", "rate", "no_connect", "full",
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
	args := []any{"client", cl.ID, "remote", cl.Net.Remote}
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
	h.b.tell(why, args)
}

// unheard counts and logs that c ended before anybody asked who it belongs to: it
// has not said CONNECT as MQTT has it, or there are too many others.
func (h *hook) unheard(c *conn, err error) {
	why := noConnect
	if errors.Is(err, packets.ErrServerBusy) {
		why = full
	}
	if !h.b.closing.Load() {
		h.b.tell(why, []any{"remote", c.RemoteAddr().String(), "err", err})
	}
}

// tell counts what was refused, and logs it where that is not too much.
func (b *Broker) tell(why refusal, args []any) {
	r := b.refusals
	r.counts[why].Add(1)
	if !r.mayLog.Allow() {
		r.unlogged.Add(1)
		return
	}
	args = append([]any{"reason", refusalReasons[why]}, args...)
	if n := r.unlogged.Swap(0); n > 0 {
		args = append(args, "not_logged", n)
	}
	b.opt.Logger.Warn("refused", args...)
}
