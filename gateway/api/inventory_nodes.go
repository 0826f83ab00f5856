package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// Retirer takes nodes out of service. When it returns nil, no certificate of the
// node is accepted any more and its session is cut. Retiring a node again does all
// of it again.
type Retirer interface {
	Retire(ctx context.Context, by registry.Actor, node reading.NodeID, reason string) error
}

type assetBody struct {
	registry.Asset
	Version string `json:"version" doc:"is another after every change"`
	// SiteKnown is false where the map does not know where to put the node.
	SiteKnown bool `json:"site_known" doc:"name and place of its site are known"`
}

type assetOutput struct{ Body assetBody }

// NodeInput names a node.
type NodeInput struct {
	InLanguage
	ID string `path:"id"`
}

func (in *NodeInput) node() reading.NodeID { return reading.NodeID(in.ID) }

func (s *Server) getAsset(ctx context.Context, in *NodeInput) (*assetOutput, error) {
	n, err := s.opt.Registry.Asset(ctx, in.node())
	if err != nil {
		return nil, s.refusal(in.InLanguage, "read inventory", err)
	}
	return s.asset(ctx, n)
}

func (s *Server) asset(ctx context.Context, n registry.Asset) (*assetOutput, error) {
	_, err := s.opt.Registry.Site(ctx, n.Site)
	return &assetOutput{assetBody{n, n.Version(), err == nil}}, nil
}

type addNodeInput struct {
	InLanguage
	Body struct {
		Node   string `json:"node" doc:"its id: 2 to 31 of a-z, 0-9 and -"`
		Site   string `json:"site" doc:"Kemendagri code of the desa or kelurahan"`
		Model  string `json:"model,omitempty"`
		Serial string `json:"serial,omitempty"`
		Note   string `json:"note,omitempty"`
	}
}

func (s *Server) addNode(ctx context.Context, in *addNodeInput) (*assetOutput, error) {
	b := &in.Body
	n, err := s.opt.Registry.AddNode(ctx, by(ctx), reading.NodeID(strings.Clone(b.Node)), func(n *registry.Asset) {
		n.Site, n.Model, n.Serial, n.Note = reading.SiteCode(b.Site), b.Model, b.Serial, b.Note
	})
	if err != nil {
		return nil, s.refusal(in.InLanguage, "add node", err)
	}
	return s.asset(ctx, n)
}

// ChangeInput names a node and the version of it that somebody has seen.
type ChangeInput struct {
	IfVersion
	ID string `path:"id"`
}

// edit makes one change of a node's inventory.
func (s *Server) edit(ctx context.Context, in *ChangeInput, f func(*registry.Asset) error) (*assetOutput, error) {
	n, err := s.opt.Registry.EditNode(ctx, by(ctx), reading.NodeID(in.ID), in.seen(), f)
	if err != nil {
		return nil, s.refusal(in.InLanguage, "change node", err)
	}
	s.opt.Hub.Tell(n.ID)
	return s.asset(ctx, n)
}

type setNodeInput struct {
	ChangeInput
	Body struct {
		Site   *string `json:"site,omitempty"`
		Model  *string `json:"model,omitempty"`
		Serial *string `json:"serial,omitempty"`
		Note   *string `json:"note,omitempty"`
	}
}

func (s *Server) setNode(ctx context.Context, in *setNodeInput) (*assetOutput, error) {
	b := &in.Body
	return s.edit(ctx, &in.ChangeInput, func(n *registry.Asset) error {
		set((*string)(&n.Site), b.Site)
		set(&n.Model, b.Model)
		set(&n.Serial, b.Serial)
		set(&n.Note, b.Note)
		return nil
	})
}

type retireInput struct {
	NodeInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"why: stolen, replaced, the site was given up"`
	}
}

// retireNode writes down first, then cuts the session: who asks again after an
// error has it cut again.
func (s *Server) retireNode(ctx context.Context, in *retireInput) (*assetOutput, error) {
	node, reason := in.node(), in.Body.Reason
	if reason != strings.TrimSpace(reason) || strings.ContainsFunc(reason, func(c rune) bool { return c < ' ' }) {
		return nil, huma.Error422UnprocessableEntity(in.say("alasan: satu baris, tanpa spasi di awal dan akhir", "reason: want one line without a space at either end"))
	}
	if err := s.retirer().Retire(ctx, by(ctx), node, reason); err != nil {
		return nil, s.refusal(in.InLanguage, "retire node", err)
	}
	n, err := s.opt.Registry.Asset(ctx, node)
	if err != nil {
		return nil, s.refusal(in.InLanguage, "read inventory", err)
	}
	s.opt.Hub.Retire(node)
	return s.asset(ctx, n)
}

func (s *Server) retirer() Retirer {
	if s.opt.Retirer != nil {
		return s.opt.Retirer
	}
	return s.opt.Registry
}

type setMountingInput struct {
	ChangeInput
	Sensor string `path:"sensor"`
	Body   struct {
		Model       string     `json:"model,omitempty"`
		Serial      string     `json:"serial,omitempty"`
		HeightM     *float64   `json:"height_m,omitempty" nullable:"true" doc:"m above the ground"`
		DatumM      *float64   `json:"datum_m,omitempty" nullable:"true" doc:"of a level sensor: m above the gauge's zero"`
		Orientation string     `json:"orientation,omitempty"`
		Since       *time.Time `json:"since,omitempty" nullable:"true" doc:"when this one was mounted"`
		Note        string     `json:"note,omitempty"`
	}
}

func (s *Server) setMounting(ctx context.Context, in *setMountingInput) (*assetOutput, error) {
	b := &in.Body
	return s.edit(ctx, &in.ChangeInput, func(n *registry.Asset) error {
		m := n.Mounting(reading.SensorID(strings.Clone(in.Sensor)))
		*m = registry.Mounting{
			Sensor: m.Sensor, Model: b.Model, Serial: b.Serial, HeightM: b.HeightM, DatumM: b.DatumM,
			Orientation: b.Orientation, Note: b.Note,
		}
		set(&m.Since, b.Since)
		return nil
	})
}

type removeMountingInput struct {
	ChangeInput
	Sensor string `path:"sensor"`
}

func (s *Server) removeMounting(ctx context.Context, in *removeMountingInput) (*assetOutput, error) {
	return s.edit(ctx, &in.ChangeInput, func(n *registry.Asset) error {
		before := len(n.Mountings)
		n.Mountings = slices.DeleteFunc(n.Mountings, func(m registry.Mounting) bool { return string(m.Sensor) == in.Sensor })
		if len(n.Mountings) == before {
			return registry.ErrNotFound
		}
		return nil
	})
}

type setLevelsInput struct {
	ChangeInput
	Body struct {
		Sensor    string           `json:"sensor"`
		Quantity  string           `json:"quantity"`
		ValidFrom time.Time        `json:"valid_from"`
		Invented  bool             `json:"invented,omitempty"`
		Levels    []registry.Level `json:"levels" minItems:"2" maxItems:"4" nullable:"false"`
	}
}

// setLevels replaces the levels that are valid from the very same time; older and
// later ones stay.
func (s *Server) setLevels(ctx context.Context, in *setLevelsInput) (*assetOutput, error) {
	b := &in.Body
	return s.edit(ctx, &in.ChangeInput, func(n *registry.Asset) error {
		set := n.LevelSet(reading.SensorID(strings.Clone(b.Sensor)), b.Quantity, b.ValidFrom.Truncate(time.Millisecond))
		set.Invented, set.Levels = b.Invented, b.Levels
		return nil
	})
}

type removeLevelsInput struct {
	ChangeInput
	Sensor    string    `query:"sensor" required:"true"`
	Quantity  string    `query:"quantity" required:"true"`
	ValidFrom time.Time `query:"valid_from" required:"true"`
}

func (s *Server) removeLevels(ctx context.Context, in *removeLevelsInput) (*assetOutput, error) {
	return s.edit(ctx, &in.ChangeInput, func(n *registry.Asset) error {
		before := len(n.Levels)
		n.Levels = slices.DeleteFunc(n.Levels, func(l registry.LevelSet) bool {
			return string(l.Sensor) == in.Sensor && l.Quantity == in.Quantity && l.ValidFrom.Equal(in.ValidFrom)
		})
		if len(n.Levels) == before {
			return registry.ErrNotFound
		}
		return nil
	})
}
