package authority

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

// TestGuessing: who guesses tokens is soon told to wait, is let in again later,
// and costs others nothing.
func TestGuessing(t *testing.T) {
	c := open(t)
	guess := func() error {
		token := enrolment.Token{Node: node, Centers: []string{"h:1"}}
		_, _ = rand.Read(token.Secret[:])
		_, err := c.Enrol(t.Context(), "203.0.113.7:4711", enrolment.Request{Token: token.String(), CSR: csrOf(t, newKey(t))})
		return err
	}
	tried := 0
	for code(guess()) == enrolment.TokenUnknown {
		tried++
	}
	if tried != vainBurst || code(guess()) != enrolment.Busy {
		t.Errorf("%d guesses: %v", tried, guess())
	}
	c.enrol(node) // from elsewhere
	c.add(vainEvery)
	if err := guess(); code(err) != enrolment.TokenUnknown {
		t.Errorf("later: %v", err)
	}
	if err := guess(); code(err) != enrolment.Busy {
		t.Errorf("and again: %v", err)
	}
}

// TestClockSetBackForGuessers: who had to wait does not have to for all the time
// that the clock was set back.
func TestClockSetBackForGuessers(t *testing.T) {
	var a attempts
	now := time.Unix(1e9, 0)
	for a.begin("10.0.0.1", now) {
	}
	now = now.AddDate(-1, 0, 0)
	if a.begin("10.0.0.1", now) || !a.begin("10.0.0.1", now.Add(vainEvery)) {
		t.Error("the clock decides otherwise")
	}
}

// TestSharedAddress: a whole district behind one address enrols at once.
func TestSharedAddress(t *testing.T) {
	var a attempts
	now := time.Unix(0, 0)
	for i := range 10_000 {
		if !a.begin("203.0.113.7:1", now) {
			t.Fatalf("node %d has to wait", i)
		}
		a.succeeded("203.0.113.7:2")
		now = now.Add(time.Second / allPerSecond)
	}
	if len(a.from) != 0 {
		t.Errorf("%d addresses are remembered", len(a.from))
	}
}

func TestAttemptsInAll(t *testing.T) {
	var a attempts
	now := time.Unix(0, 0)
	passed := 0
	for i := range 10_000 {
		if a.begin(fmt.Sprintf("2001:db8:%x:%x::1", i/65536, i%65536), now) {
			passed++
		}
	}
	if passed != allBurst {
		t.Errorf("%d passed at one moment", passed)
	}
	for i := range maxAddresses + 200 {
		now = now.Add(time.Second / allPerSecond)
		a.begin(fmt.Sprintf("2001:db8:1:%x::1", i), now)
		if len(a.from) > maxAddresses {
			t.Fatalf("%d addresses are remembered", len(a.from))
		}
	}
	now = now.Add(-time.Hour) // the clock is set back
	a.begin("10.0.0.1", now)
	if !a.begin("10.0.0.1", now.Add(2*time.Second)) {
		t.Error("nobody can enrol because the clock was set back")
	}
}

func TestNetwork(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"10.0.0.1", "10.0.0.1:4", true},
		{"10.0.0.1", "10.0.0.2", false},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"2001:db8::1", "[2001:db8::2:3]:5", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"", "noise", true},
	} {
		if got := network(tc.a) == network(tc.b); got != tc.same {
			t.Errorf("%q and %q: %v", tc.a, tc.b, got)
		}
	}
}

// TestEnrolTogether: many with one token at once, of whom one gets in.
func TestEnrolTogether(t *testing.T) {
	c := open(t)
	token := c.token(node).String()
	var mu sync.Mutex
	got := map[enrolment.Code]int{}
	var group sync.WaitGroup
	for range 20 {
		csr := csrOf(t, newKey(t))
		group.Go(func() {
			_, err := c.Enrol(t.Context(), home, enrolment.Request{Token: token, CSR: csr})
			mu.Lock()
			defer mu.Unlock()
			got[code(err)]++
		})
	}
	group.Wait()
	if got[""] != 1 || got[enrolment.TokenUsed] != 19 {
		t.Errorf("%v", got)
	}
}
