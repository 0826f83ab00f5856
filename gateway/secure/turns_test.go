package secure

import (
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Who has begun comes before all who have not, and of those the newest first. Who
// gave up is passed over, and no turn is lost by him.
func TestTurnsGoToTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := &turns{free: 1}
		if !turns.take(false, turnWithin) {
			t.Fatal("no turn, and nobody else")
		}
		came := make(chan string, 5)
		wait := func(name string, begun bool, limit time.Duration) {
			go func() {
				if !turns.take(begun, limit) {
					name = "not " + name
				}
				came <- name
			}()
			synctest.Wait()
		}
		wait("first", false, turnWithin)
		wait("impatient", false, time.Second)
		wait("second", false, turnWithin)
		wait("begun", true, turnWithin)
		time.Sleep(2 * time.Second)
		for _, want := range []string{"not impatient", "begun", "second", "first"} {
			if want != "not impatient" {
				turns.give()
			}
			if got := <-came; got != want {
				t.Errorf("%s came, want %s", got, want)
			}
		}
		turns.give()
		if turns.free != 1 || turns.begun.Len() != 0 || turns.fresh.Len() != 0 {
			t.Errorf("left: %d free, %d and %d wait", turns.free, turns.begun.Len(), turns.fresh.Len())
		}
	})
}

// oneTurn leaves a door a single turn.
func oneTurn(d *Door) {
	d.turns.mu.Lock()
	defer d.turns.mu.Unlock()
	d.turns.free = 1
}

// However many come at once, no more are computed at a time than there are turns.
func TestHandshakesTakeTurns(t *testing.T) {
	var under, most atomic.Int32
	cfg := serverConfig(t)
	cfg.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if n := under.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer under.Add(-1)
		time.Sleep(time.Millisecond)
		return nil, nil
	}
	d := openWith(t, Options{TLS: cfg})
	oneTurn(d)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			c, err := tls.Dial("tcp", d.Addrs()[0], &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.Close()
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d were computed at a time", most.Load())
	}
}

// Who says nothing, or half of what begins a handshake, holds no turn.
func TestIdlersHoldNoTurn(t *testing.T) {
	d := open(t, Options{})
	oneTurn(d)
	for i := range 20 {
		c, err := net.Dial("tcp", d.Addrs()[0])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		// The header of a record of 512 bytes that do not come (RFC 8446 §5.1).
		if _, err := c.Write([]byte{22, 3, 1, 2, 0}[:i%6]); err != nil {
			t.Fatal(err)
		}
	}
	limit := &net.Dialer{Timeout: 10 * time.Second}
	c, err := tls.DialWithDialer(limit, "tcp", d.Addrs()[0], &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

// A scanner is not told of; many are, once in a while.
func TestManyUnheardAreTold(t *testing.T) {
	var u unheard
	at, told := time.Unix(0, 0).Add(time.Hour), 0
	for range 3 * manyUnheard {
		told += u.add(at)
	}
	if told != manyUnheard {
		t.Errorf("told of %d", told)
	}
	if n := u.add(at.Add(tellEvery)); n != 2*manyUnheard+1 {
		t.Errorf("told of %d a minute later", n)
	}
}
