package gateway

import (
	"context"
	"errors"
	"slices"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// tellAuthorities follows the end of authorities: all nodes connect anew, and are
// judged by those that are left; and each is told to trust these, and no longer those
// that ended. One that is to move to another center goes on trusting that one's too. A
// node that has never told its configuration learns it when it renews its certificate.
func (c *Center) tellAuthorities(ctx context.Context, ended []string) error {
	if own, ok := c.feed.(*ownBroker); ok {
		own.broker.CutNodes()
	}
	nodes, err := c.registry.Nodes(ctx)
	if err != nil {
		return err
	}
	left := c.authority.CAs()
	without := func(was enrolment.Center) enrolment.Center {
		var trusted []string
		for _, own := range left {
			trusted = append(trusted, own.PEM)
		}
		others, err := was.Authorities()
		if err != nil {
			others = nil // the node trusts nothing that cannot be read
		}
		for i, ca := range others {
			own := slices.ContainsFunc(left, func(own authority.CA) bool { return own.Pin == trust.Fingerprint(ca) })
			if !own && !slices.Contains(ended, authority.ID(ca)) {
				trusted = append(trusted, was.CAs[i])
			}
		}
		was.CAs = trusted
		return was
	}
	for _, n := range nodes {
		if !n.Retired.IsZero() {
			continue
		}
		_, _, err := c.dispatch.SetCenter(ctx, registry.Actor{Name: "system"}, n.ID, "otoritas lama diakhiri (an old authority was ended)", without)
		var wrong *dispatch.InvalidError
		switch {
		case errors.As(err, &wrong):
			c.log.Warn("node is not told of an authority's end: it learns of it by its next renewal", "node", n.ID, "err", err)
		case errors.Is(err, dispatch.ErrUntold), errors.Is(err, registry.ErrRetired), errors.Is(err, registry.ErrChanged):
			c.log.Debug("node is not told of an authority's end", "node", n.ID, "err", err)
		case err != nil:
			return err
		}
	}
	return nil
}
