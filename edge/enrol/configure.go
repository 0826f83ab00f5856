package enrol

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/enrolment"
)

// undo is what was in force before a configuration said otherwise.
type undo struct {
	Configured *enrolment.Center `json:"configured,omitempty"`
	Answered   *list             `json:"answered,omitempty"`
	List       list              `json:"list"`
	Other      *list             `json:"other,omitempty"`
}

// Configure puts in force what a configuration says of the center, as far as it says
// something new: what a renewal has told since stays otherwise. A list that was
// changed so is not given back by the Keeper: while trial is true, Configure with
// what was said before brings back what was in force then; once it is false, nothing
// does, and authorities that were dropped are trusted no more. A node that is not
// enrolled is told by its token: nothing happens.
func (s *Store) Configure(c enrolment.Center, trial bool) error {
	for {
		// What a renewal has told meanwhile counts.
		if err := s.configure(c, trial); !errors.Is(err, errReplaced) {
			return err
		}
	}
}

func (s *Store) configure(c enrolment.Center, trial bool) error {
	id, err := s.Load()
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	t := id.text
	switch said := t.configured(); {
	case !same(said, c):
		if err := t.configure(c, trial); err != nil {
			return fmt.Errorf("change the center's addresses: %w", err)
		}
	case t.Undo != nil && !trial:
		t.Undo = nil
	default:
		return nil
	}
	_, err = s.put(t, id, "")
	return err
}

func (t *stored) configured() enrolment.Center {
	if t.Configured == nil {
		return enrolment.Center{}
	}
	return *t.Configured
}

func same(a, b enrolment.Center) bool {
	return slices.Equal(a.Addresses, b.Addresses) && slices.Equal(a.Brokers, b.Brokers) && slices.Equal(a.CAs, b.CAs)
}

func (t *stored) configure(c enrolment.Center, trial bool) error {
	before := undo{t.Configured, t.Answered, t.List, t.Other}
	if u := t.Undo; u != nil {
		if said := (&stored{Configured: u.Configured}).configured(); same(said, c) {
			t.Configured, t.Answered, t.List, t.Other, t.Undo = u.Configured, u.Answered, u.List, u.Other, nil
			return nil
		}
		before = *u // what is on trial is not proven either
	}
	answered, said, next := t.answered(), t.configured(), t.List
	if !slices.Equal(c.Addresses, said.Addresses) {
		next.Centers = or(c.Addresses, answered.Centers)
	}
	if !slices.Equal(c.Brokers, said.Brokers) {
		next.Brokers = or(c.Brokers, answered.Brokers)
	}
	if !slices.Equal(c.CAs, said.CAs) {
		authorities, err := c.Authorities()
		if err != nil {
			return err
		}
		var ders [][]byte
		for _, ca := range authorities {
			ders = append(ders, ca.Raw)
		}
		next.CAs = or(ders, answered.CAs)
	}
	t.Configured, t.Answered, t.Undo = &c, &answered, nil
	if !next.equal(t.List) {
		t.List, t.Other = next, nil
	}
	if trial {
		t.Undo = &before
	}
	return nil
}

// or is what is said, else what was answered.
func or[T any](said, answered []T) []T {
	if len(said) == 0 {
		return answered
	}
	return said
}

// answered is what the newest enrolment or renewal told.
func (t *stored) answered() list {
	if t.Answered == nil {
		return t.List
	}
	return *t.Answered
}

// renewed brings what a renewal told together with what was in force: of center and
// configuration, who has said something new counts.
func (t *stored) renewed(before stored) {
	told, was, now := t.List, before.answered(), before.List
	t.Token, t.Other = before.Token, before.Other
	t.Configured, t.Answered, t.Undo = before.Configured, &told, before.Undo
	if !slices.Equal(told.Centers, was.Centers) {
		now.Centers = told.Centers
	}
	if !slices.Equal(told.Brokers, was.Brokers) {
		now.Brokers = told.Brokers
	}
	if !slices.EqualFunc(told.CAs, was.CAs, bytes.Equal) {
		now.CAs = told.CAs
	}
	t.List = now
	if !now.equal(before.List) && t.Other == nil && t.Undo == nil {
		t.Other = &before.List
	}
}
