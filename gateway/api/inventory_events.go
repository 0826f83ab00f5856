package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// How much is shown when nobody says how much: from a day ago to
	// a month ahead.
	eventsBack, eventsAhead = 24 * time.Hour, 31 * 24 * time.Hour
	maxEventsShown          = 10_000
)

type repairBody struct {
	Until  stamp  `json:"until"`
	Reason string `json:"reason"`
}

// repair is the event that excuses a node's silence, nil for none.
func repair(under map[reading.NodeID]registry.Event, id reading.NodeID) *repairBody {
	e, ok := under[id]
	if !ok {
		return nil
	}
	return &repairBody{stamp{e.To}, e.Reason}
}

// silentUnderRepair counts the nodes that were heard of, are silent, and excused.
func (s *Server) silentUnderRepair(ctx context.Context, now time.Time) (int, error) {
	under, err := s.opt.Registry.Under(ctx, now)
	if err != nil {
		return 0, err
	}
	n := 0
	for id := range under {
		if is := s.opt.Hub.Node(id); !is.LastSeen.IsZero() && !is.Online && !is.Retired {
			n++
		}
	}
	return n, nil
}

type eventsOutput struct {
	Body struct {
		Events []registry.Event `json:"events" nullable:"false" doc:"by their beginning"`
	}
}

func (s *Server) listEvents(ctx context.Context, in *struct {
	From time.Time `query:"from" doc:"absent: a day ago"`
	To   time.Time `query:"to" doc:"absent: in 31 days"`
},
) (*eventsOutput, error) {
	now := s.opt.Now()
	if in.From.IsZero() {
		in.From = now.Add(-eventsBack)
	}
	if in.To.IsZero() {
		in.To = now.Add(eventsAhead)
	}
	if !in.From.Before(in.To) {
		return nil, huma.Error422UnprocessableEntity("from must be before to")
	}
	all, err := s.opt.Registry.Events(ctx, in.From, in.To, maxEventsShown)
	if err != nil {
		return nil, s.unavailable("list events", err)
	}
	out := new(eventsOutput)
	out.Body.Events = all
	return out, nil
}

type eventOutput struct{ Body registry.Event }

type addEventInput struct {
	InLanguage
	Body struct {
		Kind   string    `json:"kind" enum:"repair,flushing,other"`
		Scope  string    `json:"scope" enum:"node,gauge,river"`
		Object string    `json:"object" doc:"a node's id, node/sensor, or a river's name"`
		From   time.Time `json:"from"`
		To     time.Time `json:"to"`
		Reason string    `json:"reason"`
	}
}

func (s *Server) addEvent(ctx context.Context, in *addEventInput) (*eventOutput, error) {
	b := &in.Body
	e, err := s.opt.Registry.AddEvent(ctx, by(ctx), registry.Event{
		Kind: registry.EventKind(b.Kind), Scope: registry.Scope(b.Scope), Object: b.Object, From: b.From, To: b.To, Reason: b.Reason,
	})
	if err != nil {
		return nil, s.refusal(in.InLanguage, "plan event", err)
	}
	s.tellOf(e)
	return &eventOutput{e}, nil
}

func (s *Server) cancelEvent(ctx context.Context, in *struct {
	InLanguage
	ID int64 `path:"id"`
},
) (*eventOutput, error) {
	e, err := s.opt.Registry.CancelEvent(ctx, by(ctx), in.ID)
	if err != nil {
		return nil, s.refusal(in.InLanguage, "cancel event", err)
	}
	s.tellOf(e)
	return &eventOutput{e}, nil
}

// tellOf has the streams tell of the node that an event concerns; when one begins
// or ends by itself, they tell within a minute.
func (s *Server) tellOf(e registry.Event) {
	if node := e.Node(); node != "" {
		s.opt.Hub.Tell(node)
	}
}
