package index

import (
	"context"
	"slices"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// inventory is what people have written down of nodes and villages.
type inventory struct {
	assets map[reading.NodeID]*registry.Asset
	sites  map[reading.SiteCode]*registry.Site
}

func (x *Index) inventory(ctx context.Context) (*inventory, error) {
	assets, err := x.opt.Registry.Assets(ctx)
	if err != nil {
		return nil, err
	}
	sites, err := x.opt.Registry.Sites(ctx)
	if err != nil {
		return nil, err
	}
	in := &inventory{
		assets: make(map[reading.NodeID]*registry.Asset, len(assets)),
		sites:  make(map[reading.SiteCode]*registry.Site, len(sites)),
	}
	for i := range assets {
		in.assets[assets[i].ID] = &assets[i]
	}
	for i := range sites {
		in.sites[sites[i].Code] = &sites[i]
	}
	return in, nil
}

// gives reports whether a sensor promises a quantity, as measured or corrected.
func gives(s *wire.SensorState, q reading.Quantity) bool {
	return slices.Contains(s.Quantities, q.String()) || slices.Contains(s.Quantities, q.Corrected().String())
}
