package authority

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestANodeEnrolsWhileAuthoritiesChange: the registry holds its lock while it asks for
// the certificate, and each change wants the registry for its audit.
func TestANodeEnrolsWhileAuthoritiesChange(t *testing.T) {
	c := open(t)
	for i, step := range []struct {
		name   string
		change func(ctx context.Context) error
		begun  func() bool // seen in the directory, or in memory
	}{
		{"rotate", func(ctx context.Context) error { return c.Rotate(ctx, technician) }, func() bool {
			all, err := filepath.Glob(filepath.Join(c.opt.Dir, filePrefix+"*"))
			return err == nil && len(all) == 2
		}},
		{"begin", func(ctx context.Context) error { return c.Begin(ctx, technician) }, func() bool {
			all, err := readCAs(c.opt.Dir)
			return err == nil && !(all[0].from.IsZero() && all[1].from.IsZero())
		}},
		{"end", func(ctx context.Context) error { return c.End(ctx, technician, c.CAs()[0].ID, true) }, func() bool {
			all, err := filepath.Glob(filepath.Join(c.opt.Dir, filePrefix+"*"))
			return err == nil && len(all) == 1
		}},
	} {
		token, key := c.token(node), newKey(t)
		r, err := parseCSR(csrOf(t, key))
		must(t, err)
		changed := make(chan error, 1)
		_, err = c.reg.Enrol(t.Context(), registry.Enrolment{Node: node, Digest: token.Digest(), Key: r.digest}, func(n reading.NodeID) (registry.Certificate, error) {
			go func() { changed <- step.change(context.WithoutCancel(t.Context())) }()
			for limit := time.Now().Add(10 * time.Second); !step.begun(); time.Sleep(time.Millisecond) {
				if time.Now().After(limit) {
					return registry.Certificate{}, errors.New("it does not begin")
				}
			}
			issued := make(chan struct{})
			var made registry.Certificate
			var err error
			go func() {
				defer close(issued)
				made, err = c.issue(n, r)
			}()
			select {
			case <-issued:
				return made, err
			case <-time.After(10 * time.Second):
				return registry.Certificate{}, errors.New("each waits for the other")
			}
		})
		if err != nil {
			t.Errorf("%d, %s: %v", i, step.name, err)
		}
		must(t, <-changed)
	}
}

// TestTwoEndsAtOnce: nodes are told of an end that comes while they are told of
// another.
func TestTwoEndsAtOnce(t *testing.T) {
	c := open(t)
	for range 2 {
		c.add(day)
		must(t, c.Rotate(t.Context(), technician))
		must(t, c.Begin(t.Context(), technician))
	}
	end := func() { must(t, c.End(t.Context(), technician, c.CAs()[0].ID, true)) }
	end()
	var told []int
	c.OnEnded(func(context.Context, []string) error {
		told = append(told, len(c.CAs()))
		if len(told) == 1 {
			end()
		}
		return nil
	})
	for range 3 {
		must(t, c.tellEnded(t.Context()))
	}
	if len(told) != 2 || told[1] != 1 {
		t.Errorf("told of %v authorities that are left, want of 2 and of 1", told)
	}
}
