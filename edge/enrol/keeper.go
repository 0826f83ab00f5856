package enrol

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/mqtt"
)

const (
	// ReturnAfter is how long a changed list of addresses and authorities may lead
	// nowhere until the one before is taken again.
	ReturnAfter = 10 * time.Minute

	// look is how often a Keeper looks at the time and at the connection.
	look = 15 * time.Second
	// Pauses between attempts to renew: doubled from least on, up to most while the
	// certificate is good, and up to mostEnded where it has ended and no reading goes
	// through. after is the least between a success and the next attempt, whatever
	// the clock says. final is the pause after a refusal that no attempt changes.
	renewLeast     = time.Minute
	renewMost      = time.Hour
	renewMostEnded = 5 * time.Minute
	renewAfter     = 6 * time.Hour
	renewFinal     = 6 * time.Hour
	// timeless is how long a node that does not know the time may be away from the
	// center until it asks for its next certificate: the one that it has may have ended
	// while it was switched off, and only the center could tell the time.
	timeless = 5 * time.Minute
	// strangerWithin is how soon a certificate is renewed whose authority is trusted no
	// more: all nodes may learn of it at once.
	strangerWithin = 5 * time.Minute
)

// Keeper keeps a running node's identity good, and gives it to the connection.
type Keeper struct {
	store *Store
	o     KeeperOptions

	mu    sync.Mutex
	used  list // what the newest connection was given; empty for none
	plain bool // it was given the address of nodes that are not enrolled
}

// KeeperOptions are what a Keeper goes by.
type KeeperOptions struct {
	// Time is the present, zero while it is not known; Earliest is a lower bound of it
	// for TLS, beside the system's clock.
	Time, Earliest func() time.Time
	// Plain is the broker's address while the node is not enrolled.
	Plain string
	// Logger gets renewals, failures and returns.
	Logger *slog.Logger
}

// NewKeeper starts nothing. All of o must be set.
func NewKeeper(s *Store, o KeeperOptions) *Keeper { return &Keeper{store: s, o: o} }

// Server is what the connection to the broker asks before each attempt: the
// identity as it is on the disk at that moment.
func (k *Keeper) Server() (mqtt.Server, error) {
	id, err := k.store.Load()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.used, k.plain = list{}, errors.Is(err, ErrNone)
	switch {
	case errors.Is(err, ErrNone):
		return mqtt.Server{URLs: []string{k.o.Plain}}, nil
	case err != nil:
		return mqtt.Server{}, err
	}
	k.used = id.text.List
	return mqtt.Server{URLs: id.URLs(), Name: enrolment.ServerName, Trust: id.Trust(nil, k.o.Earliest)}, nil
}

func (k *Keeper) plainly() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.plain
}

// URLs are the center's addresses for MQTT.
func (id *Identity) URLs() []string {
	at := id.Brokers
	if len(at) == 0 {
		at = id.Centers
	}
	var all []string
	for _, c := range at {
		all = append(all, "tls://"+c)
	}
	return all
}

// Connection is the one that asks Server.
type Connection interface {
	Connected() (bool, error)
	// Reconnect ends it, so that it asks Server again.
	Reconnect()
}

// Run renews the certificate when that is due, goes back to the list before where a
// changed one leads nowhere, and leaves an unencrypted connection once the node is
// enrolled, until ctx ends.
func (k *Keeper) Run(ctx context.Context, conn Connection) {
	r := renewal{pause: renewLeast, heard: time.Now()}
	var away time.Time // since when the list in force leads nowhere
	told := ""         // what is wrong with the file
	for tick := time.NewTicker(look); ; {
		id, err := k.store.Load()
		switch {
		case err == nil:
			told = ""
			connected, _ := conn.Connected()
			if k.plainly() && connected {
				conn.Reconnect()
			}
			if connected {
				r.heard = time.Now()
			}
			k.watch(id, connected, &away)
			if k.renewWhenDue(ctx, id, &r) {
				conn.Reconnect()
			}
		case !errors.Is(err, ErrNone) && err.Error() != told:
			told = err.Error()
			k.o.Logger.Error("the node's identity cannot be read: enrol it again", "err", err)
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// watch decides between a list that was changed and the one before.
func (k *Keeper) watch(id *Identity, connected bool, away *time.Time) {
	k.mu.Lock()
	used, inForce := len(k.used.Centers) > 0, k.used.equal(id.text.List)
	k.mu.Unlock()
	switch {
	case !id.Tentative() || !used || connected && !inForce:
		*away = time.Time{}
	case connected:
		*away = time.Time{}
		if err := k.store.confirm(id); err != nil {
			k.o.Logger.Error("the center's addresses were not confirmed", "err", err)
			return
		}
		k.o.Logger.Info("the center was reached by its new addresses", "centers", id.Centers)
	case away.IsZero():
		*away = time.Now()
	case time.Since(*away) >= ReturnAfter:
		*away = time.Time{}
		old, err := k.store.giveBack(id)
		if err != nil {
			k.o.Logger.Error("the center's addresses were not given back", "err", err)
			return
		}
		k.o.Logger.Warn("the center is not there: back to the addresses before", "given_back", id.Centers, "centers", old.Centers)
	}
}

// renewal is when the next attempt to renew may be.
type renewal struct {
	of    *Identity // what the pauses are about
	not   time.Time // before
	pause time.Duration
	heard time.Time // when the connection last stood, or the Keeper began
	// stranger is when it is asked for where the authority is trusted no more; zero
	// while it is.
	stranger time.Time
}

// renewWhenDue reports whether the certificate is of another authority now, so that
// the center is to see it: it waits for that to end the old one.
func (k *Keeper) renewWhenDue(ctx context.Context, id *Identity, r *renewal) (changedOver bool) {
	if !id.Same(r.of) {
		*r = renewal{of: id, pause: renewLeast, heard: r.heard} // enrolled since
	}
	now := k.o.Time()
	due := !now.Before(id.Due())
	if now.IsZero() {
		due = time.Since(r.heard) >= timeless
	}
	if id.Stranger() {
		if r.stranger.IsZero() {
			r.stranger = time.Now().Add(rand.N(strangerWithin))
		}
		due = due || !time.Now().Before(r.stranger)
	}
	if !due || time.Now().Before(r.not) {
		return false
	}
	next, err := k.store.Renew(ctx, Options{Earliest: k.o.Earliest})
	if ctx.Err() != nil {
		return false
	}
	if err == nil {
		*r = renewal{of: next, not: time.Now().Add(renewAfter), pause: renewLeast, heard: r.heard}
		k.o.Logger.Info("certificate renewed", "until", next.Until(), "centers", next.Centers)
		return !bytes.Equal(id.Certificate.Leaf.AuthorityKeyId, next.Certificate.Leaf.AuthorityKeyId)
	}
	most := renewMost
	if now.After(id.Until()) {
		most = renewMostEnded
	}
	wait := min(r.pause, most)
	var refused *enrolment.Problem
	if errors.As(err, &refused) && refused.Final() {
		wait = renewFinal
	}
	wait = wait/2 + rand.N(wait/2+1)
	r.not, r.pause = time.Now().Add(wait), min(2*r.pause, most)
	k.o.Logger.Warn("certificate not renewed", "err", err, "until", id.Until(), "retry_in", wait.Round(time.Second))
	return false
}
