package access

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/password"
)

// from is who shows nothing, at an address.
func from(address string) Identity {
	id := here
	id.Address = address
	return id
}

// gate tries to sign in; budi's password is good.
type gate struct {
	*testing.T
	a *Access
	c *clock
}

func newGate(t *testing.T) *gate {
	t.Helper()
	a, c := build(t, OpenNo)
	if err := a.AddAccount(t.Context(), here, "budi", Viewer, good); err != nil {
		t.Fatal(err)
	}
	return &gate{t, a, c}
}

// throttled reports whether an attempt was not looked at.
func (g *gate) throttled(address, account, word string) bool {
	g.Helper()
	_, err := g.a.SignIn(g.Context(), from(address), account, word)
	var e *ThrottledError
	if !errors.As(err, &e) {
		if (err == nil) != (strings.EqualFold(account, "budi") && word == good) {
			g.Errorf("%s from %s: %v", account, address, err)
		}
		return false
	}
	if e.After <= 0 || e.After > time.Minute {
		g.Errorf("after %v", e.After)
	}
	return true
}

func TestRightAttemptsCostNothing(t *testing.T) {
	g := newGate(t)
	for range perPair.burst + 2 {
		if g.throttled("10.0.0.1", "budi", good) {
			t.Fatal("throttled though right")
		}
	}
}

// Who is wrong at one address is held up there, however he writes the account's
// name, for accounts that there are not as well; the right password does not help.
// Whose account it is, elsewhere, does not notice.
func TestWhoIsWrongShutsOutHimself(t *testing.T) {
	g := newGate(t)
	for i, account := range []string{"budi", "nobody"} {
		address := fmt.Sprintf("10.0.1.%d", i)
		for n := range perPair.burst {
			if g.throttled(address, account, "wrong") {
				t.Errorf("%s: throttled at attempt %d", account, n)
			}
		}
		if !g.throttled(address, strings.ToUpper(account), good) {
			t.Errorf("%s: not throttled", account)
		}
	}
	for range perPair.burst { // also where he goes on
		g.throttled("10.0.1.0", "budi", "wrong")
	}
	if g.throttled("10.0.2.1", "budi", good) {
		t.Error("who has the password is shut out by somebody else")
	}
	g.c.Time = g.c.Add(perPair.every)
	if g.throttled("10.0.1.0", "budi", good) {
		t.Error("throttled though he waited")
	}
}

// One address goes through accounts; a subscriber's IPv6 addresses are one.
func TestOneAddressGoesThroughAccounts(t *testing.T) {
	g := newGate(t)
	for i := range perAddress.burst {
		if g.throttled("2001:db8::"+string(rune('a'+i%6)), "account-"+string(rune('a'+i)), "wrong") {
			t.Errorf("throttled at attempt %d", i)
		}
	}
	if !g.throttled("2001:db8::1234", "another", "wrong") {
		t.Error("not throttled")
	}
	if g.throttled("2001:db8:0:1::1", "budi", good) {
		t.Error("another address is throttled")
	}
}

// Who guesses from many addresses gets no further than from a few; meanwhile
// who has signed in before does so again, also after the center has restarted.
func TestManyAddressesGuessAtOneAccount(t *testing.T) {
	g := newGate(t)
	const own, fresh = "10.0.2.1", "10.0.2.2"
	if g.throttled(own, "Budi", good) {
		t.Fatal("throttled at once")
	}
	guess := func(hour byte) (looked int) {
		for i := range 80 {
			if !g.throttled(fmt.Sprintf("10.%d.0.%d", hour, i), "budi", "wrong") {
				looked++
			}
		}
		return looked
	}
	if got := guess(1); got != perAccount.burst {
		t.Errorf("%d guesses were looked at, want %d", got, perAccount.burst)
	}
	g.c.Time = g.c.Add(perAccount.every)
	if got := guess(2); got != 1 {
		t.Errorf("%d guesses a minute later, want 1", got)
	}
	if !g.throttled(fresh, "budi", good) {
		t.Error("a new address is not throttled meanwhile")
	}
	for range 3 {
		if g.throttled(own, "budi", good) {
			t.Error("shut out though he has signed in from there before")
		}
	}
	after, err := New(t.Context(), g.a.opt)
	if err != nil {
		t.Fatal(err)
	}
	g.a = after
	guess(3)
	if g.throttled(own, "BUDI", good) || !g.throttled(fresh, "budi", good) {
		t.Error("not so after a restart")
	}
	// What is known opens no way to guess: there the limit of one address holds.
	looked := 0
	for range 30 {
		if !g.throttled(own, "budi", "wrong") {
			looked++
		}
	}
	if looked != perPair.burst {
		t.Errorf("%d guesses from a known address, want %d", looked, perPair.burst)
	}
}

func TestKnownIsBounded(t *testing.T) {
	k := &known{networks: map[string][]string{}}
	for i := range 2 * maxKnown {
		k.add("budi", fmt.Sprintf("10.0.0.%d", i))
		k.add("Budi", "10.0.1.1") // who is there often stays
	}
	k.add("siti", "2001:db8::1")
	if got := len(k.networks["budi"]); got != maxKnown {
		t.Errorf("%d are remembered", got)
	}
	for _, tc := range []struct {
		account, address string
		want             bool
	}{
		{"BUDI", "10.0.1.1", true},
		{"budi", "10.0.0.63", true},
		{"budi", "10.0.0.0", false},
		{"siti", "2001:db8::2", true},
		{"siti", "10.0.1.1", false},
		{"nobody", "10.0.1.1", false},
	} {
		if got := k.has(tc.account, tc.address); got != tc.want {
			t.Errorf("%s from %s: %v", tc.account, tc.address, got)
		}
	}
}

// Who finds no place in the queue was not wrong.
func TestWhoIsTurnedAwayWasNotWrong(t *testing.T) {
	g := newGate(t)
	g.a.newcomers = make(chan struct{}, 200) // the queue itself is to be full
	g.a.opt.Cost = password.Default / 2      // and to stay so for a while
	var mu sync.Mutex
	var turnedAway []string
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range 200 {
		address := fmt.Sprintf("10.0.3.%d", i)
		group.Go(func() {
			<-start
			_, err := g.a.SignIn(t.Context(), from(address), "account-"+address, "wrong")
			if errors.Is(err, password.ErrBusy) {
				mu.Lock()
				turnedAway = append(turnedAway, address)
				mu.Unlock()
			} else if !errors.Is(err, ErrWrong) {
				t.Errorf("%v", err)
			}
		})
	}
	close(start)
	group.Wait()
	if len(turnedAway) == 0 {
		t.Fatal("nobody was turned away")
	}
	g.a.opt.Cost = password.Least
	for range perPair.burst {
		if g.throttled(turnedAway[0], "account-"+turnedAway[0], "wrong") {
			t.Fatal("being turned away counts")
		}
	}
}

// A crowd of strangers leaves room for who is known.
func TestStrangersLeaveRoom(t *testing.T) {
	g := newGate(t)
	if g.throttled("10.0.2.1", "budi", good) {
		t.Fatal("throttled at once")
	}
	for range maxNewcomers {
		g.a.newcomers <- struct{}{}
	}
	for range perPair.burst + 1 { // and being turned away does not count
		if _, err := g.a.SignIn(t.Context(), from("10.0.2.2"), "budi", good); !errors.Is(err, password.ErrBusy) {
			t.Errorf("one stranger too many: %v", err)
		}
	}
	if _, err := g.a.SignIn(t.Context(), from("10.0.2.1"), "budi", good); err != nil {
		t.Errorf("who is known: %v", err)
	}
	<-g.a.newcomers
	if _, err := g.a.SignIn(t.Context(), from("10.0.2.2"), "budi", good); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	if got := len(g.a.newcomers); got != maxNewcomers-1 {
		t.Errorf("%d places are taken", got)
	}
}
