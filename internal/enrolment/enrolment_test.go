package enrolment

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

var example = Token{
	Node: "sutojayan-01", Secret: [16]byte{1, 2, 3}, CA: [32]byte{4, 5, 6},
	Centers: []string{"10.20.0.2:8883", "pusat.kab.example:443"},
}

// golden is example's text, which must not change: tokens lie on memory cards.
const golden = "SIAGA1.pAFsc3V0b2pheWFuLTAxAlABAgMAAAAAAAAAAAAAAAAAA1ggBAUGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEgm4xMC4yMC4wLjI6ODg4M3VwdXNhdC5rYWIuZXhhbXBsZTo0NDPic0Kt"

func TestGolden(t *testing.T) {
	text := example.String()
	if text != golden {
		t.Errorf("%q", text)
	}
	wrapped := "\ufeff  " + text[:40] + "\r\n" + text[40:90] + " \n\t" + text[90:] + "\n"
	got, err := ParseToken(wrapped)
	if diff := cmp.Diff(example, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if a, b := example.Digest(), (Token{Secret: example.Secret}).Digest(); a != b {
		t.Error("the digest is not the secret's alone")
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Token{
			Node:    reading.NodeID(rapid.StringMatching(`[a-z0-9][a-z0-9-]{1,30}`).Draw(t, "node")),
			Centers: rapid.SliceOfN(rapid.StringMatching(`([a-z0-9.-]{1,200}|\[fe80::[0-9a-f]{1,4}\]):[1-9][0-9]{0,3}`), 1, MaxCenters).Draw(t, "centers"),
		}
		copy(want.Secret[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
		copy(want.CA[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "ca"))
		got, err := ParseToken(want.String())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

// TestDamage changes each letter, and cuts at each: none gives a token.
func TestDamage(t *testing.T) {
	text := example.String()
	for i := len(Prefix); i < len(text); i++ {
		other := byte('A')
		if text[i] == other {
			other = 'B'
		}
		for _, bad := range []string{text[:i], text[:i] + string(other) + text[i+1:]} {
			_, err := ParseToken(bad)
			if !errors.Is(err, ErrToken) {
				t.Fatalf("letter %d: %v", i, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	with := func(change func(*Token)) string {
		c := example
		change(&c)
		return c.String()
	}
	for want, text := range map[string]string{
		"empty":              " \n",
		"does not begin":     "siaga_abc",
		"damaged":            Prefix,
		"too long":           Prefix + strings.Repeat("A", maxToken),
		"names no node":      with(func(t *Token) { t.Node = "X" }),
		"0 addresses":        with(func(t *Token) { t.Centers = nil }),
		"9 addresses":        with(func(t *Token) { t.Centers = strings.Fields(strings.Repeat("h:1 ", 9)) }),
		"address 1":          with(func(t *Token) { t.Centers = []string{"h"} }),
		"address 2":          with(func(t *Token) { t.Centers = []string{"h:1", "https://h:1/x"} }),
		"want host:port":     with(func(t *Token) { t.Centers = []string{"h:0"} }),
		"of the center: wan": with(func(t *Token) { t.Centers = []string{"h h:1"} }),
	} {
		_, err := ParseToken(text)
		if !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestSecretStaysOutOfLogs(t *testing.T) {
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", example)
	if got := log.String(); strings.Contains(got, Prefix) || !strings.Contains(got, "sutojayan-01") {
		t.Error(got)
	}
}

func TestProblems(t *testing.T) {
	for code := range statuses {
		p := Refuse(code, "because")
		if p.Status < 400 || p.GetStatus() != p.Status || p.Code != code || !strings.Contains(p.Error(), string(code)) {
			t.Errorf("%+v", p)
		}
		if final := code != Busy && code != Unavailable; p.Final() != final {
			t.Errorf("%s: final %v", code, p.Final())
		}
	}
	if p := Refuse("newer", ""); p.Status != 500 || p.Final() {
		t.Errorf("a code that this release does not know: %+v", p)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(example.String())
	f.Add(Prefix + "oA")
	f.Add(fmt.Sprintf("%s\n%s", example, "x"))
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseToken(s)
		if err != nil {
			if !errors.Is(err, ErrToken) {
				t.Error(err)
			}
			return
		}
		again, err := ParseToken(got.String())
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}
