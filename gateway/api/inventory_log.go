package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

type maintenanceOutput struct {
	Body struct {
		Maintenance []registry.Maintenance `json:"maintenance" nullable:"false"`
	}
}

// PageInput asks for the newest entries of a node.
type PageInput struct {
	NodeInput
	Limit int `query:"limit" minimum:"1" maximum:"10000" default:"500"`
}

func (s *Server) listMaintenance(ctx context.Context, in *PageInput) (*maintenanceOutput, error) {
	if _, err := s.opt.Registry.Asset(ctx, in.node()); err != nil {
		return nil, s.refusal(in.InLanguage, "read node", err)
	}
	all, err := s.opt.Registry.Maintenance(ctx, in.node(), in.Limit)
	if err != nil {
		return nil, s.unavailable("list maintenance", err)
	}
	out := new(maintenanceOutput)
	out.Body.Maintenance = all
	return out, nil
}

type addMaintenanceInput struct {
	NodeInput
	Body struct {
		What string     `json:"what" minLength:"1" maxLength:"2000" doc:"what was done"`
		Who  string     `json:"who,omitempty" maxLength:"100" doc:"who did it; absent: whoever asks"`
		Time *time.Time `json:"time,omitempty" doc:"when it was done; absent: now"`
	}
}

type oneMaintenanceOutput struct{ Body registry.Maintenance }

func (s *Server) addMaintenance(ctx context.Context, in *addMaintenanceInput) (*oneMaintenanceOutput, error) {
	m := registry.Maintenance{Node: in.node(), What: in.Body.What, Who: in.Body.Who}
	set(&m.Time, in.Body.Time)
	m, err := s.opt.Registry.AddMaintenance(ctx, by(ctx), m)
	if err != nil {
		return nil, s.refusal(in.InLanguage, "write maintenance", err)
	}
	return &oneMaintenanceOutput{m}, nil
}

type historyEntryBody struct {
	ID      int64  `json:"id"`
	Time    stamp  `json:"time"`
	Who     string `json:"who" doc:"an account, token:<id>, node:<id>, or system"`
	Address string `json:"address"`
	Action  string `json:"action" doc:"node.add, node.set, node.retire, event.add, …"`
	Before  any    `json:"before" doc:"what was changed, as it was; null for nothing"`
	After   any    `json:"after" doc:"what was changed, as it is since; null for nothing"`
	Refused string `json:"refused" doc:"why it was not done; empty where it was"`
}

type nodeHistoryOutput struct {
	Body struct {
		History []historyEntryBody `json:"history" nullable:"false"`
	}
}

type nodeHistoryInput struct {
	PageInput
	Below int64 `query:"below" minimum:"0" doc:"only entries before this one: the last id of one page asks for the next"`
}

func (s *Server) nodeHistory(ctx context.Context, in *nodeHistoryInput) (*nodeHistoryOutput, error) {
	if _, err := s.opt.Registry.Asset(ctx, in.node()); err != nil {
		return nil, s.refusal(in.InLanguage, "read node", err)
	}
	all, err := s.opt.Registry.Audit(ctx, registry.AuditFilter{Object: "node:" + in.ID, Below: in.Below, Limit: in.Limit})
	if err != nil {
		return nil, s.unavailable("read history", err)
	}
	out := new(nodeHistoryOutput)
	out.Body.History = make([]historyEntryBody, len(all))
	for i, e := range all {
		out.Body.History[i] = historyEntryBody{e.ID, stamp{e.Time}, e.Name, e.Address, e.Action, raw(e.Before), raw(e.After), e.Refused}
	}
	return out, nil
}

// raw is nil for nothing, which is null.
func raw(b json.RawMessage) any {
	if len(b) == 0 {
		return nil
	}
	return b
}
