package gateway

import (
	"context"
	"errors"

	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
)

// tellAuthorities follows the end of an authority: all nodes connect anew, and are
// judged by those that are left; and each is told to trust these alone. A node that
// has never told its configuration learns it when it renews its certificate.
func (c *Center) tellAuthorities(ctx context.Context) error {
	if own, ok := c.feed.(*ownBroker); ok {
		own.broker.CutNodes()
	}
	nodes, err := c.registry.Nodes(ctx)
	if err != nil {
		return err
	}
	var left enrolment.Center
	for _, ca := range c.authority.CAs() {
		left.CAs = append(left.CAs, ca.PEM)
	}
	for _, n := range nodes {
		if !n.Retired.IsZero() {
			continue
		}
		_, _, err := c.dispatch.SetCenter(ctx, registry.Actor{Name: "system"}, n.ID, "otoritas lama diakhiri (an old authority was ended)", left.Over)
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
