package local

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestPINFile(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		ok   bool
	}{
		"six digits":       {pinFile(t, "012345", 0o600), true},
		"line end":         {pinFile(t, "0123456789\r\n", 0o400), true},
		"five digits":      {pinFile(t, "12345\n", 0o600), false},
		"letters":          {pinFile(t, "12345a\n", 0o600), false},
		"space":            {pinFile(t, "123 456\n", 0o600), false},
		"empty":            {pinFile(t, "", 0o600), false},
		"endless":          {"/dev/zero", false},
		"others may read":  {pinFile(t, "123456\n", 0o604), false},
		"group may read":   {pinFile(t, "123456\n", 0o640), false},
		"others may write": {pinFile(t, "123456\n", 0o602), false},
		"is not there":     {t.TempDir() + "/pin", false},
		"is a directory":   {t.TempDir(), false},
	} {
		if _, err := ReadPIN(c.file); c.ok != (err == nil) || err != nil && !errors.Is(err, ErrPIN) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongPINsTakeLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := ReadPIN(pinFile(t, "246813\n", 0o600))
		if err != nil {
			t.Fatal(err)
		}
		var sum time.Duration
		for i := range 12 {
			ok, wait := p.try("000000")
			if want := min(time.Second<<i, maxDelay); ok || wait != want {
				t.Fatalf("wrong try %d: %v, wait %v, want %v", i, ok, wait, want)
			}
			time.Sleep(wait - 1)
			if ok, wait := p.try("246813"); ok || wait != time.Nanosecond {
				t.Fatalf("the right PIN while barred: %v, %v", ok, wait)
			}
			time.Sleep(time.Nanosecond)
			sum += wait
		}
		if sum < 15*time.Minute {
			t.Errorf("twelve tries took %v", sum)
		}
		if ok, _ := p.try("246813"); !ok {
			t.Error("the right PIN does not open")
		}
		if _, wait := p.try("000000"); wait != time.Second {
			t.Errorf("after the right PIN the wait is %v", wait)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(&PIN{})
		with := func(c *http.Cookie) Access {
			r := request("GET", "/", "")
			r.AddCookie(c)
			return d.access(r)
		}
		first := d.open()
		time.Sleep(time.Minute)
		var others []*http.Cookie
		for range maxSessions - 1 {
			others = append(others, d.open())
		}
		if with(first) != AccessOpen {
			t.Error("the first session ended early")
		}
		last := d.open()
		if with(first) != AccessLocked || with(others[0]) != AccessOpen || with(last) != AccessOpen {
			t.Error("the oldest must go for a new session, and no other")
		}
		time.Sleep(sessionLife)
		if with(last) != AccessLocked {
			t.Error("a session outlives its time")
		}
	})
}
