package enrol

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// kept is a Keeper at work in a bubble of synthetic time. Its center stands
// outside, since a listener would keep that time from passing.
type kept struct {
	*testing.T
	center    *enrolmenttest.Center
	clock     *atomic.Pointer[time.Time] // the center's
	store     *Store
	keeper    *Keeper
	connected atomic.Bool
	anew      atomic.Int32 // how often it was connected anew
	knows     atomic.Pointer[func() time.Time]
	log       bytes.Buffer
}

func keep(t *testing.T, valid time.Duration, test func(*kept)) {
	k := &kept{clock: &atomic.Pointer[time.Time]{}}
	k.know(time.Now)
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when bubbles begin
	k.clock.Store(&began)
	k.center = enrolmenttest.New(t, func() time.Time { return *k.clock.Load() })
	k.center.Valid = valid
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		k.T, k.store = t, Open(dir)
		k.keeper = NewKeeper(k.store, KeeperOptions{
			Time: func() time.Time { return (*k.knows.Load())() }, Earliest: func() time.Time { return time.Time{} }, Plain: "tcp://127.0.0.1:1883",
			Logger: slog.New(slog.NewTextHandler(&k.log, nil)),
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			k.keeper.Run(ctx, k)
			close(done)
		}()
		test(k)
		stop()
		<-done
		if text := k.log.String(); strings.Contains(text, enrolment.Prefix) || strings.Contains(text, "PRIVATE") {
			t.Errorf("a secret in the log: %s", text)
		}
	})
}

// know sets what the node knows of the time.
func (k *kept) know(now func() time.Time) { k.knows.Store(&now) }

// asked is how often the center was asked to renew.
func (k *kept) asked() (n int) {
	k.center.Do(func() { n = k.center.Requests[enrolment.RenewPath] })
	return n
}

func (k *kept) Connected() (bool, error) { return k.connected.Load(), nil }
func (k *kept) Reconnect()               { k.anew.Add(1) }

func (k *kept) enrol() *Identity {
	k.Helper()
	id, err := k.store.Enrol(k.Context(), k.center.Token(node), Options{})
	if err != nil {
		k.Fatal(err)
	}
	return id
}

// pass lets time pass, for the center as well.
func (k *kept) pass(d time.Duration) *Identity {
	k.Helper()
	at := time.Now().Add(d)
	k.clock.Store(&at)
	time.Sleep(d)
	synctest.Wait()
	id, err := k.store.Load()
	if err != nil {
		k.Fatal(err)
	}
	return id
}

// serve asks for a server as a connection does, and returns its addresses.
func (k *kept) serve() []string {
	k.Helper()
	s, err := k.keeper.Server()
	if err != nil {
		k.Fatal(err)
	}
	return s.URLs
}

// TestPlainConnectionIsLeft once the node is enrolled, and the other one never.
func TestPlainConnectionIsLeft(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		k.serve()
		k.connected.Store(true)
		k.enrol()
		if k.pass(time.Minute); k.anew.Load() == 0 {
			k.Error("the node goes on unencrypted")
		}
		k.serve()
		k.anew.Store(0)
		if k.pass(25 * time.Hour); k.anew.Load() != 0 {
			k.Error("a renewal costs the connection")
		}
	})
}

func TestRenewal(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		if got := k.serve(); !slices.Equal(got, []string{"tcp://127.0.0.1:1883"}) {
			k.Errorf("not enrolled: %v", got)
		}
		first := k.enrol()
		if id := k.pass(19*time.Hour + 50*time.Minute); !id.Same(first) {
			k.Error("renewed before two thirds")
		}
		second := k.pass(80 * time.Minute)
		if second.Same(first) || !second.Until().After(first.Until()) {
			k.Error("not renewed after two thirds")
		}
		if s, err := k.keeper.Server(); err != nil || !bytes.Equal(s.Trust.Certificate.Certificate[0], second.Certificate.Certificate[0]) {
			k.Errorf("the next connection has not the new certificate: %v", err)
		}
	})
}

// TestRenewalIsTriedUntilItWorks, while the certificate is good and when it has
// ended.
func TestRenewalIsTriedUntilItWorks(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		first := k.enrol()
		k.center.Do(func() { k.center.Refuse = enrolment.Refuse(enrolment.Unavailable, "") })
		if id := k.pass(40 * time.Hour); !id.Same(first) {
			k.Fatal("renewed by a center that cannot")
		}
		tried := k.asked()
		if tried < 20 || tried > 400 {
			k.Errorf("tried %d times in 20 hours", tried)
		}
		k.center.Do(func() { k.center.Refuse = nil })
		if id := k.pass(6 * time.Minute); id.Same(first) {
			k.Error("an ended certificate was not renewed when the center was back")
		}
	})
}

func TestRefusedForGood(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		k.enrol()
		k.center.Retire(node)
		k.pass(48 * time.Hour)
		if tried := k.asked(); tried < 3 || tried > 12 {
			k.Errorf("a retired node asked %d times in 28 hours", tried)
		}
		if !strings.Contains(k.log.String(), "node_retired") {
			k.Error(k.log.String())
		}
	})
}

// TestAClockThatIsAhead must not make a node ask without end.
func TestAClockThatIsAhead(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		k.enrol()
		k.know(func() time.Time { return time.Now().AddDate(0, 0, 20) })
		k.pass(24 * time.Hour)
		if tried := k.asked(); tried > 5 {
			k.Errorf("asked %d times in a day", tried)
		}
	})
}

// TestAnEndedCertificateOnABoardWithoutAClock: the center takes no connection by it,
// and so cannot tell the time.
func TestAnEndedCertificateOnABoardWithoutAClock(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		k.know(func() time.Time { return time.Time{} })
		first := k.enrol()
		k.connected.Store(true)
		if id := k.pass(time.Hour); !id.Same(first) {
			k.Error("renewed without need")
		}
		k.connected.Store(false)
		if id := k.pass(timeless + time.Minute); id.Same(first) {
			k.Error("stranded")
		}
	})
}

// moved renews to a list with another address, and another authority besides.
func (k *kept) moved(to string) *Identity {
	k.Helper()
	k.center.Do(func() {
		k.center.CAs = append(k.center.CAs, enrolmenttest.NewAuthority("next", k.center.Now()).Cert)
		k.center.Centers = []string{to}
	})
	if _, err := k.store.Renew(k.Context(), Options{}); err != nil {
		k.Fatal(err)
	}
	id, err := k.store.Load()
	if err != nil || !id.Tentative() || id.Centers[0] != to || len(id.Authorities) != len(k.center.CAs) {
		k.Fatalf("%+v, %v", id, err)
	}
	return id
}

func TestNewAddressesThatWork(t *testing.T) {
	keep(t, 1000*time.Hour, func(k *kept) {
		k.enrol()
		k.serve()
		k.connected.Store(true)
		k.moved("127.0.0.1:2")
		// The connection by the old ones stands and says nothing of the new ones.
		if id := k.pass(time.Hour); !id.Tentative() || id.Centers[0] != "127.0.0.1:2" {
			k.Fatalf("%v, tentative %v", id.Centers, id.Tentative())
		}
		k.connected.Store(false)
		if got := k.serve(); !slices.Equal(got, []string{"tls://127.0.0.1:2"}) {
			k.Error(got)
		}
		k.pass(9 * time.Minute)
		k.connected.Store(true)
		if id := k.pass(time.Minute); id.Tentative() || id.Centers[0] != "127.0.0.1:2" {
			k.Errorf("reached, and not confirmed: %v", id.Centers)
		}
		k.connected.Store(false)
		if id := k.pass(time.Hour); id.Centers[0] != "127.0.0.1:2" {
			k.Errorf("given up after it was confirmed: %v", id.Centers)
		}
	})
}

func TestNewAddressesThatLeadNowhere(t *testing.T) {
	keep(t, 1000*time.Hour, func(k *kept) {
		old := k.enrol().Centers[0]
		k.serve()
		k.moved("127.0.0.1:2")
		k.serve()
		if id := k.pass(ReturnAfter - time.Minute); id.Centers[0] != "127.0.0.1:2" {
			k.Error("given back too early")
		}
		id := k.pass(2 * time.Minute)
		if id.Centers[0] != old || len(id.Authorities) != 1 || !id.Tentative() {
			k.Fatalf("not given back: %v", id.Centers)
		}
		// The center is gone for longer: the new list has its turn again, since it may
		// be the right one.
		k.serve()
		if id := k.pass(ReturnAfter + time.Minute); id.Centers[0] != "127.0.0.1:2" {
			k.Errorf("not tried again: %v", id.Centers)
		}
		k.serve()
		k.pass(ReturnAfter + time.Minute)
		k.serve()
		k.connected.Store(true)
		if id := k.pass(time.Minute); id.Tentative() || id.Centers[0] != old {
			k.Errorf("back at the center, and not settled: %v", id.Centers)
		}
		if !strings.Contains(k.log.String(), "back to the addresses before") {
			k.Error(k.log.String())
		}
	})
}

// TestRenewalByTheOldAddresses: a list that leads nowhere does not keep the
// certificate from being renewed.
func TestRenewalByTheOldAddresses(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		k.enrol()
		first := k.moved("127.0.0.1:2")
		if id := k.pass(24 * time.Hour); id.Same(first) {
			k.Error("not renewed")
		}
	})
}

// TestEnrolledMeanwhile: an answer to the old identity does not replace a newer one.
func TestEnrolledMeanwhile(t *testing.T) {
	keep(t, 30*time.Hour, func(k *kept) {
		old := k.enrol()
		newer := k.enrol()
		if _, err := k.store.put(old.text, old, ""); !errors.Is(err, errReplaced) {
			k.Errorf("put in the place of another: %v", err)
		}
		if id := k.pass(time.Minute); !id.Same(newer) {
			k.Error("the newer identity is gone")
		}
	})
}
