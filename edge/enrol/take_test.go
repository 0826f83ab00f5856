package enrol

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// card is a boot partition with token files.
type card struct {
	*testing.T
	dir string
	log bytes.Buffer
}

func newCard(t *testing.T) *card { return &card{T: t, dir: t.TempDir()} }

func (c *card) put(name string, token enrolment.Token) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(token.String()+"\r\n"), 0o600); err != nil {
		c.Fatal(err)
	}
}

func (c *card) files() (names string) {
	c.Helper()
	all, err := os.ReadDir(c.dir)
	if err != nil {
		c.Fatal(err)
	}
	for _, f := range all {
		names += f.Name() + " "
	}
	return names
}

func (c *card) options(node string) TakeOptions {
	return TakeOptions{
		Patterns: []string{filepath.Join(c.dir, "nowhere", "*"), filepath.Join(c.dir, "siaga-token*.txt")},
		Node:     node, Logger: slog.New(slog.NewTextHandler(&c.log, nil)),
	}
}

func TestTake(t *testing.T) {
	center := enrolmenttest.New(t, time.Now)
	for name, tc := range map[string]struct {
		put      func(*card)
		node     string // configured
		enrolled string // "" is not
		left     string
		log      string
	}{
		"nothing there": {func(*card) {}, "", "", "", ""},
		"the only one":  {func(c *card) { c.put("siaga-token.txt", center.Token("uji-01")) }, "", "uji-01", "", "enrolled by a token file"},
		"this node's among several": {func(c *card) {
			c.put("siaga-token-uji-01.txt", center.Token("uji-01"))
			c.put("siaga-token-uji-02.txt", center.Token("uji-02"))
		}, "uji-02", "uji-02", "siaga-token-uji-01.txt ", "for another node is left alone"},
		"several, and which one is not known": {func(c *card) {
			c.put("siaga-token-uji-01.txt", center.Token("uji-01"))
			c.put("siaga-token-uji-02.txt", center.Token("uji-02"))
		}, "", "", "siaga-token-uji-01.txt siaga-token-uji-02.txt ", "for several nodes"},
		"another node's": {func(c *card) { c.put("siaga-token.txt", center.Token("uji-01")) }, "uji-02", "", "siaga-token.txt ", "another node"},
		"no token": {func(c *card) {
			if err := os.WriteFile(filepath.Join(c.dir, "siaga-token.txt"), []byte("x"), 0o600); err != nil {
				c.Fatal(err)
			}
		}, "", "", "siaga-token.txt ", "token file cannot be read"},
		"refused": {func(c *card) {
			token := center.Token("uji-01")
			center.Withdraw(token)
			c.put("siaga-token.txt", token)
		}, "", "", "siaga-token.txt ", "make a new token"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := newCard(t), Open(t.TempDir())
			tc.put(c)
			s.Take(t.Context(), c.options(tc.node))
			id, err := s.Load()
			if tc.enrolled == "" && !errors.Is(err, ErrNone) || tc.enrolled != "" && (err != nil || string(id.Node) != tc.enrolled) {
				t.Errorf("%+v, %v", id, err)
			}
			if got := c.files(); got != tc.left {
				t.Errorf("left: %q, want %q", got, tc.left)
			}
			if log := c.log.String(); !strings.Contains(log, tc.log) || strings.Contains(log, enrolment.Prefix+"pA") {
				t.Errorf("want %q: %s", tc.log, log)
			}
		})
	}
}

// TestTakenOnce: a card that could not be written still has the file, which asks
// nothing any more, also after renewals.
func TestTakenOnce(t *testing.T) {
	center := enrolmenttest.New(t, time.Now)
	c, s := newCard(t), Open(t.TempDir())
	token := center.Token(node)
	if _, err := s.Enrol(t.Context(), token, Options{}); err != nil {
		t.Fatal(err)
	}
	id, err := s.Renew(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.put("siaga-token.txt", token)
	asked := func() (n int) {
		center.Do(func() { n = center.Requests[enrolment.EnrolPath] })
		return n
	}
	before := asked()
	s.Take(t.Context(), c.options(node))
	if now, err := s.Load(); err != nil || !now.Same(id) || asked() != before || c.files() != "" {
		t.Errorf("asked again: %v; left: %q", err, c.files())
	}
}

// TestTakeWaitsForTheCenter until ctx ends, and keeps the file: one that does not
// answer, and one that has no time.
func TestTakeWaitsForTheCenter(t *testing.T) {
	for name, cannot := range map[string]func(*enrolmenttest.Center, *enrolment.Token){
		"away": func(_ *enrolmenttest.Center, token *enrolment.Token) { token.Centers = []string{"127.0.0.1:1"} },
		"busy": func(center *enrolmenttest.Center, _ *enrolment.Token) {
			center.Refuse = enrolment.Refuse(enrolment.Busy, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			center := enrolmenttest.New(t, time.Now)
			c, s := newCard(t), Open(t.TempDir())
			token := center.Token(node)
			cannot(center, &token)
			c.put("siaga-token.txt", token)
			ctx, stop := context.WithCancel(t.Context())
			o := c.options("")
			o.Logger = slog.New(onFirst{slog.NewTextHandler(&c.log, nil), stop})
			s.Take(ctx, o)
			if c.files() == "" {
				t.Error("an unused token is gone")
			}
			if log := c.log.String(); !strings.Contains(log, "not enrolled yet") {
				t.Errorf("it gave up: %s", log)
			}
		})
	}
}

// onFirst calls then at every record, and passes it on.
type onFirst struct {
	slog.Handler
	then func()
}

func (h onFirst) Enabled(context.Context, slog.Level) bool { return true }
func (h onFirst) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h onFirst) Handle(ctx context.Context, r slog.Record) error {
	h.then()
	return h.Handler.Handle(ctx, r)
}

func TestFetch(t *testing.T) {
	center := enrolmenttest.New(t, time.Now)
	c, data := newCard(t), t.TempDir()
	c.put("siaga-token-1.txt", center.Token(node))
	if err := os.WriteFile(filepath.Join(c.dir, "siaga-token-2.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := c.options("")
	if err := Fetch(o.Patterns, data); !errors.Is(err, enrolment.ErrToken) {
		t.Errorf("what is no token: %v", err)
	}
	if got := c.files(); got != "siaga-token-2.txt " {
		t.Errorf("left: %q", got)
	}
	o.Patterns = []string{Fetched(data)}
	s := Open(data)
	s.Take(t.Context(), o)
	if id, err := s.Load(); err != nil || id.Node != node {
		t.Errorf("%+v, %v", id, err)
	}
	if left, err := filepath.Glob(Fetched(data)); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
