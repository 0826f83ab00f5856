package authority

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// Errors of Begin and End.
var (
	// ErrNoneWaits tells that the newest authority issues already.
	ErrNoneWaits = errors.New("no authority waits to issue")
	// ErrNewest tells that there would be none left.
	ErrNewest = errors.New("it is the newest authority: rotate first")
	// ErrNoCA tells that there is no such authority.
	ErrNoCA = errors.New("no such authority")
)

// untold is a file with the ids of the authorities that have ended, one a line, until
// nodes have been told of them.
const untold = "untold"

// Stranded are the nodes in service that an authority's end would leave behind.
type Stranded struct {
	// Old have no newer certificate than one by it, and could still renew that: they
	// want a new token then.
	Old []reading.NodeID
	// Unseen were given a newer certificate and have not shown it since the center
	// started: it may never have reached them.
	Unseen []reading.NodeID
	// Tokens have an open token that knows the center by it: they want another.
	Tokens []reading.NodeID
}

// None reports whether nobody is left behind.
func (s Stranded) None() bool { return len(s.Old)+len(s.Unseen)+len(s.Tokens) == 0 }

// StrandedError tells whom an end would leave behind.
type StrandedError struct{ Stranded }

func (e *StrandedError) Error() string {
	return fmt.Sprintf("it would strand %d nodes with certificates of it, %d that have not shown a newer one, and %d with open tokens", len(e.Old), len(e.Unseen), len(e.Tokens))
}

// Begin has the newest authority issue from now on. Nodes that have not heard of it
// know it by the old one's signature. ErrNoneWaits tells that it does already.
func (a *Authority) Begin(ctx context.Context, by registry.Actor) error {
	c, err := a.begin()
	if err != nil {
		return fmt.Errorf("begin certificate authority: %w", err)
	}
	a.opt.Logger.Info("a certificate authority begins to issue", "id", c.id(), "by", by.Name)
	if err := a.opt.Registry.AddAudit(ctx, by, "ca.begin", "ca:"+c.id(), nil, ""); err != nil {
		return fmt.Errorf("begin certificate authority: it issues, but: %w", err)
	}
	return nil
}

func (a *Authority) begin() (*ca, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, newest := a.opt.Now(), len(a.cas)-1
	if a.cas.issuer(now) == newest {
		return nil, ErrNoneWaits
	}
	c := *a.cas[newest]
	c.from = now.Truncate(time.Second)
	if err := writeCA(a.opt.Dir, &c); err != nil {
		return nil, err
	}
	a.cas = append(slices.Clone(a.cas[:newest]), &c)
	return &c, nil
}

// Stranded returns whom the end of an authority would leave behind. ErrNoCA tells
// that there is none of that id.
func (a *Authority) Stranded(ctx context.Context, id string) (Stranded, error) {
	all, now := a.now()
	i, err := all.find(id)
	if err != nil {
		return Stranded{}, err
	}
	newest, err := a.opt.Registry.Expiring(ctx, time.UnixMilli(math.MaxInt64/2), math.MaxInt32)
	if err != nil {
		return Stranded{}, err
	}
	var s Stranded
	for _, c := range newest {
		leaf, err := parsePEM(c.PEM)
		if err != nil {
			return Stranded{}, fmt.Errorf("read certificate %s: %w", c.Serial, err)
		}
		switch by := all.of(leaf); {
		case by < 0 || now.After(leaf.NotAfter.Add(renewable)): // stranded already
		case by <= i:
			s.Old = append(s.Old, c.Node)
		case a.shownBy(c.Node, all) <= i:
			s.Unseen = append(s.Unseen, c.Node)
		}
	}
	nodes, err := a.opt.Registry.Nodes(ctx)
	if err != nil {
		return Stranded{}, err
	}
	for _, n := range nodes {
		if !n.Retired.IsZero() {
			continue
		}
		tokens, err := a.opt.Registry.EnrolmentTokens(ctx, n.ID)
		if err != nil {
			return Stranded{}, err
		}
		if slices.ContainsFunc(tokens, func(t registry.EnrolmentToken) bool {
			return t.Used.IsZero() && t.Withdrawn.IsZero() && now.Before(t.Expires) && all.issuer(t.Created) <= i
		}) {
			s.Tokens = append(s.Tokens, n.ID)
		}
	}
	for _, list := range [][]reading.NodeID{s.Old, s.Unseen, s.Tokens} {
		slices.Sort(list)
	}
	return s, nil
}

// find is the index of an authority by its id.
func (s cas) find(id string) (int, error) {
	i := slices.IndexFunc(s, func(c *ca) bool { return c.id() == id })
	if i < 0 {
		return 0, fmt.Errorf("%.16q: %w", id, ErrNoCA)
	}
	return i, nil
}

// of is the index of the authority that signed a certificate, -1 for none of them.
func (s cas) of(leaf *x509.Certificate) int {
	return slices.IndexFunc(s, func(c *ca) bool { return c.signed(leaf) })
}

// saw notes whose certificate a node has shown; of several the youngest authority's.
// A node that was given none is a name that somebody made up who has a key.
func (a *Authority) saw(node reading.NodeID, leaf *x509.Certificate) {
	if !a.opt.Registry.Enrolled(node) {
		return
	}
	all, _ := a.now()
	by := 0
	if len(all) > 1 {
		by = all.of(leaf)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case len(a.cas) == 1:
		clear(a.shown) // nothing is to be ended
	case by > slices.Index(all, a.shown[node]):
		a.shown[node] = all[by]
	}
}

func (a *Authority) shownBy(node reading.NodeID, all cas) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Index(all, a.shown[node])
}

// End ends an authority for good, and those before it: its key is destroyed, and from
// when End returns what was signed by it, also after it was stolen, is refused. Nodes
// are told soon. It strands nobody unless strand says so. Errors: ErrNoCA, ErrNewest,
// *StrandedError.
func (a *Authority) End(ctx context.Context, by registry.Actor, id string, strand bool) error {
	behind, err := a.Stranded(ctx, id)
	if err == nil {
		err = a.end(id, strand, behind)
	}
	if err != nil {
		return fmt.Errorf("end certificate authority: %w", err)
	}
	a.opt.Logger.Warn("a certificate authority was ended", "id", id, "by", by.Name, "stranded", len(behind.Old), "unseen", len(behind.Unseen))
	if err := a.opt.Registry.AddAudit(ctx, by, "ca.end", "ca:"+id, map[string]int{
		"stranded": len(behind.Old), "unseen": len(behind.Unseen), "tokens": len(behind.Tokens),
	}, ""); err != nil {
		return fmt.Errorf("end certificate authority: it is ended, but: %w", err)
	}
	return nil
}

func (a *Authority) end(id string, strand bool, behind Stranded) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, err := a.cas.find(id)
	switch {
	case err != nil:
	case i == len(a.cas)-1:
		err = ErrNewest
	case !strand && !behind.None():
		err = &StrandedError{behind}
	}
	if err != nil {
		return err
	}
	// A power cut must not leave the end without that file.
	file := filepath.Join(a.opt.Dir, untold)
	ids, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, old := range a.cas[:i+1] {
		ids = append(append(ids, '\n'), old.id()...)
	}
	if err := errors.Join(os.WriteFile(file, ids, 0o600), syncDir(a.opt.Dir)); err != nil {
		return err
	}
	var errs []error
	for _, old := range a.cas[:i+1] {
		if err := os.Remove(filepath.Join(a.opt.Dir, filePrefix+old.id()+fileSuffix)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(append(errs, syncDir(a.opt.Dir))...); err != nil {
		return err
	}
	a.cas = slices.Clone(a.cas[i+1:])
	a.pool = a.cas.pool()
	select {
	case a.ended <- struct{}{}:
	default:
	}
	return nil
}

// endUnneeded ends the authorities that no node needs any more.
func (a *Authority) endUnneeded(ctx context.Context) error {
	all, now := a.now()
	for i := all.issuer(now) - 1; i >= 0; i-- {
		late := now.After(all.ends(i).Add(renewable))
		err := a.End(ctx, registry.Actor{Name: "system"}, all[i].id(), late)
		var behind *StrandedError
		if errors.As(err, &behind) {
			continue // perhaps one that is older still
		}
		return err // with those before it
	}
	return nil
}

// OnEnded sets what is called, by Run, after authorities of these ids were ended:
// sessions that stand by them are to end, and nodes to be told to trust them no more.
// After an error, or a start, it is called again.
func (a *Authority) OnEnded(f func(ctx context.Context, ids []string) error) { a.onEnd = f }

func (a *Authority) tellEnded(ctx context.Context) error {
	file := filepath.Join(a.opt.Dir, untold)
	of, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || a.onEnd == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if err := a.onEnd(ctx, strings.Fields(string(of))); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, of) {
		return err // another has ended meanwhile, of which nobody was told
	}
	return errors.Join(os.Remove(file), syncDir(a.opt.Dir))
}
