//go:build integration

package tour

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/integration/parts"
)

const (
	village = "35.05.12.1005"
	// asTyped is how the guide writes a token.
	asTyped = "SIAGA1.…"
)

// guide returns the commands by which the technician's guide brings a board from its
// box to its first value: the package's installation, and what is typed after it.
func guide(t *testing.T) (install string, typed []string) {
	t.Helper()
	text, err := os.ReadFile("../../configs/PANDUAN-TEKNISI.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Dari kotak sampai nilai pertama\n")
	_, block, _ := strings.Cut(section, "\n```\n")
	block, _, found := strings.Cut(block, "\n```\n")
	all := strings.Split(block, "\n")
	if !found || !strings.HasPrefix(all[0], "sudo apt install ./siaga-edge") {
		t.Fatalf("the guide does not begin with an installation:\n%s", block)
	}
	if len(all) > 3 {
		t.Errorf("a technician types %d commands, want at most 3:\n%s", len(all), block)
	}
	return all[0], all[1:]
}

// TestFromNodeAddToTheWall goes the guide's way, ends the node, and sees that it
// does not come back.
func TestFromNodeAddToTheWall(t *testing.T) {
	for _, c := range []struct{ clock, program, says string }{
		{"its clock is right", "siaga-edge", fmt.Sprint(time.Now().Year())},
		{"its clock says 1970", "siaga-edge-1970", "1970"},
	} {
		t.Run(c.clock, func(t *testing.T) {
			const node = "sutojayan-01"
			install, typed := guide(t)
			l := newLine(t)
			center, b := newCenter(t, l), newBoard(t, l, c.program)
			b.start(t) // as install does
			b.until(t, "the node waits", func(said string) error {
				if !strings.HasPrefix(said, c.says) || !strings.Contains(said, "this node waits") {
					return fmt.Errorf("it does not wait, in %s", c.says)
				}
				return nil
			})

			began := time.Now()
			said := center.run(t, "node", "add", node, "--site", village)
			token := between(said, "sudo siaga-edge enroll ", "\n")
			for i, line := range typed {
				if !strings.Contains(said, strings.ReplaceAll(line, asTyped, token)) && i == 0 {
					t.Errorf("the center says another command than the guide's %q:\n%s", line, said)
				}
				t.Log(b.run(t, strings.ReplaceAll(line, asTyped, token)))
			}
			typing := time.Since(began)
			b.until(t, "a reading", func(string) error {
				_, err := center.latest(node)
				return err
			})
			first := time.Since(began)
			center.good(t, node)
			t.Logf("%s: %d commands, the first of them %q. From `siaga node add`: %.1f s until the last has ended, %.1f s until a reading is on the wall, %.1f s until one is good",
				c.clock, 1+len(typed), install, typing.Seconds(), first.Seconds(), time.Since(began).Seconds())

			secret := b.isItself(t, center, node)
			center.retires(t, b, node, secret, "sudo siaga-edge enroll "+token)
		})
	}
}

// isItself sees that the node speaks through the one TLS door, with the certificate
// that the center gave it. It returns the certificate.
func (b *board) isItself(t *testing.T, c *center, node string) *x509.Certificate {
	t.Helper()
	id, err := enrol.Open(b.path("var/lib/siaga-edge")).Load()
	if err != nil {
		t.Fatal(err)
	}
	leaf := id.Certificate.Leaf
	if leaf.Subject.CommonName != node || !slices.Equal(c.serials(t, node), []string{fmt.Sprintf("%032x", leaf.SerialNumber)}) {
		t.Errorf("the board has the certificate %x of %s, the center gave %v", leaf.SerialNumber, leaf.Subject.CommonName, c.serials(t, node))
	}
	if peers := b.line.peers(t); !slices.Equal(peers, []string{b.line.door()}) {
		t.Errorf("the board has connections to %v, want one to %s", peers, b.line.door())
	}
	return leaf
}

// retires ends a node, which tries all it can to come back.
func (c *center) retires(t *testing.T, b *board, node string, was *x509.Certificate, enroll string) {
	t.Helper()
	if n := c.node(t, node); !n.Online || n.Retired != nil {
		t.Fatalf("before it is retired: %+v", n)
	}
	began := time.Now()
	c.run(t, "node", "retire", node, "--reason", "dicuri")
	refused := func() int { return strings.Count(c.proc.Stderr(1<<20), "node is retired") }
	parts.Eventually(t, patience, "the retired node is cut off and refused", func() error {
		if n := c.node(t, node); n.Online || n.Retired == nil || refused() == 0 {
			return fmt.Errorf("%+v, refused %d times", n, refused())
		}
		return nil
	})
	ended := time.Now()
	t.Logf("`siaga node retire` had ended it after %.1f s", ended.Sub(began).Seconds())

	b.restart(t)
	before := refused()
	parts.Eventually(t, patience, "it is refused again", func() error {
		if refused() < before+2 {
			return fmt.Errorf("refused %d times, before %d", refused(), before)
		}
		return nil
	})
	if err := os.RemoveAll(b.path("var/lib/siaga-edge/identity")); err != nil {
		t.Fatal(err)
	}
	if out, err := b.try(enroll); err == nil || !strings.Contains(out, "dipensiunkan") {
		t.Errorf("the token of a retired node, with a new key: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"node", "token", node}, {"node", "add", node, "--site", village}} {
		if out, err := c.try(args...); err == nil {
			t.Errorf("siaga %s brings a retired node back:\n%s", strings.Join(args, " "), out)
		}
	}
	if r, err := c.latest(node); err == nil && r.Time.After(ended) {
		t.Errorf("a reading of %v came after the node with %x was retired at %v", r.Time, was.SerialNumber, ended)
	}
}

// TestACardOfATour: the center writes a file for each of its nodes, and a board whose
// card has its own needs no token typed.
func TestACardOfATour(t *testing.T) {
	const node, other = "sutojayan-01", "kademangan-01"
	_, typed := guide(t)
	l := newLine(t)
	c, b := newCenter(t, l), newBoard(t, l, "siaga-edge")
	began := time.Now()
	for _, id := range []string{node, other} {
		c.run(t, "node", "add", id, "--site", village, "--no-token")
	}
	dir := filepath.Join(b.dir, "tokens")
	c.run(t, "node", "token", "--all", "--valid", "30d", "--out", dir)
	b.put(t, filepath.Join(dir, "siaga-token-"+node+".txt"), "boot/firmware")
	b.start(t)
	b.until(t, "the node is enrolled", func(string) error {
		if n := c.node(t, node); !n.Online {
			return fmt.Errorf("%+v", n)
		}
		return nil
	})
	b.isItself(t, c, node)
	parts.Eventually(t, patience, "the token's file is deleted", func() error {
		if left := append(b.files(t, "boot", "*token*"), b.files(t, "var", "*token*")...); len(left) > 0 {
			return fmt.Errorf("there are %v", left)
		}
		return nil
	})
	b.run(t, typed[len(typed)-1])
	c.good(t, node)
	t.Logf("with a token's file: 1 command after the installation, a good reading %.1f s after `siaga node add`", time.Since(began).Seconds())
	if n := c.node(t, other); n.Online || len(c.serials(t, other)) > 0 {
		t.Errorf("a file that nobody took has enrolled %s", other)
	}
}

// between returns the first text between two others, or "".
func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return strings.TrimSpace(text)
}
