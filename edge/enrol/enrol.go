package enrol

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// Step is how far an enrolment has come.
type Step int

// The steps, in their order. Asking and Unreached come for each address.
const (
	KeyMade   Step = iota // the key is on the disk
	KeyKept               // it was there already, from an attempt before
	Asking                // Address is asked
	Unreached             // Address did not help: Err
	Stored                // the identity is on the disk
	Already               // the token was used by this node before: nothing is asked
)

// Event is a step of an enrolment, for people who wait for it.
type Event struct {
	Step    Step
	Address string
	Err     error
}

// Options are what an enrolment or a renewal is given.
type Options struct {
	// Now is the system's clock, Earliest a lower bound of the present; nil are
	// time.Now and none.
	Now, Earliest func() time.Time
	// Tell gets each step; nil tells nobody.
	Tell func(Event)
}

func (o Options) tell(e Event) {
	if o.Tell != nil {
		o.Tell(e)
	}
}

// Enrol makes a key, asks the center for a certificate by a token, and keeps what
// it answers in the place of any identity before. After any failure the same token
// can be used again: the same key is sent. Errors: *UnreachedError and the disk's,
// which are retryable; *enrolment.Problem and *AnswerError, which are not.
func (s *Store) Enrol(ctx context.Context, token enrolment.Token, o Options) (*Identity, error) {
	if id, err := s.Load(); err == nil && id.By(token) {
		o.tell(Event{Step: Already})
		return id, nil
	}
	key, fresh, err := s.nextKey(tokenKey(token))
	if err != nil {
		return nil, err
	}
	step := KeyKept
	if fresh {
		step = KeyMade
	}
	o.tell(Event{Step: step})
	q, err := request(key, token.String())
	if err != nil {
		return nil, err
	}
	first := way{token.Centers, trust.Options{Pin: &token.CA, Now: o.Now, Earliest: o.Earliest}}
	a, err := ask(ctx, []way{first}, enrolment.EnrolPath, q, o.tell)
	if err != nil {
		return nil, err
	}
	if a.Node != token.Node {
		return nil, &AnswerError{fmt.Errorf("it is for node %q", a.Node)}
	}
	t, err := accept(a, key)
	if err != nil {
		return nil, err
	}
	digest := token.Digest()
	t.Token = digest[:]
	if before, err := s.Load(); err == nil {
		t.Configured = before.text.Configured // which was said before the token was
	}
	id, err := s.put(t, nil, tokenKey(token))
	if err != nil {
		return nil, err
	}
	o.tell(Event{Step: Stored})
	return id, nil
}

// Renew asks the center for the certificate after this one, for a new key, and
// keeps what it answers. It does nothing where the identity was replaced meanwhile.
// Errors are as Enrol's, ErrNone and *DamageError.
func (s *Store) Renew(ctx context.Context, o Options) (*Identity, error) {
	id, err := s.Load()
	if err != nil {
		return nil, err
	}
	key, _, err := s.nextKey(renewalKey)
	if err != nil {
		return nil, err
	}
	q, err := request(key, "")
	if err != nil {
		return nil, err
	}
	ways := []way{{id.Centers, id.Trust(o.Now, o.Earliest)}}
	if other := id.text.Other; other != nil {
		if authorities, err := other.check(); err == nil {
			ways = append(ways, way{other.Centers, id.known(authorities, o.Now, o.Earliest)})
		}
	}
	a, err := ask(ctx, ways, enrolment.RenewPath, q, o.tell)
	if err != nil {
		return nil, err
	}
	if a.Node != id.Node {
		return nil, &AnswerError{fmt.Errorf("it is for node %q", a.Node)}
	}
	t, err := accept(a, key)
	if err != nil {
		return nil, err
	}
	for {
		next := t
		next.renewed(id.text)
		is, err := s.put(next, id, renewalKey)
		if !errors.Is(err, errReplaced) {
			return is, err
		}
		now, err := s.Load()
		if err != nil || !now.Same(id) {
			return now, err
		}
		id = now // a configuration has come while the center was asked
	}
}

// confirm says that the list in force has led to the center.
func (s *Store) confirm(id *Identity) error {
	t := id.text
	t.Other = nil
	_, err := s.put(t, id, "")
	return err
}

// giveBack puts the other list in force, and keeps this one to go back to.
func (s *Store) giveBack(id *Identity) (*Identity, error) {
	t := id.text
	t.List, t.Other = *id.text.Other, &id.text.List
	return s.put(t, id, "")
}
