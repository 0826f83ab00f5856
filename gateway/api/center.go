package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
	"github.com/siaga-id/siaga/internal/wire"
)

// centerRoutes are how nodes are told where their center is and whom to trust: who
// may do that can lead them away, which is for admins.
func (s *Server) centerRoutes(api huma.API) {
	huma.Register(api, s.change(access.Operator, "GET", "/api/v1/configurations/center", "list-centers", "Where the nodes in service are told to find their center, and what became of it"), s.listCenters)
	huma.Register(api, s.change(access.Admin, "PUT", "/api/v1/configurations/center", "set-centers", "Tell nodes where to find their center and whom to trust"), s.setCenters)
}

// centerBody is what a configuration says of the center.
type centerBody struct {
	Addresses []string `json:"addresses" nullable:"false" doc:"host:port; none: as the last enrolment or renewal told"`
	Brokers   []string `json:"brokers" nullable:"false"`
	CAs       []string `json:"cas" nullable:"false" doc:"whom the node trusts, by the names of the certificates"`
}

func centerOf(b wire.ConfigBody) centerBody {
	c, _ := b.Center() // what cannot be read says nothing
	out := centerBody{append([]string{}, c.Addresses...), append([]string{}, c.Brokers...), []string{}}
	authorities, _ := c.Authorities()
	for _, ca := range authorities {
		out.CAs = append(out.CAs, ca.Subject.CommonName)
	}
	return out
}

type nodeCenterBody struct {
	Node string `json:"node"`
	// InForce is nil where the node has told nothing yet.
	InForce *centerBody `json:"in_force,omitempty" doc:"as the node said; absent where it has told nothing yet"`
	Trial   bool        `json:"trial" doc:"the node gives it back should it lose the center"`
	// Desired is nil where nobody at the center has made a version.
	Desired *desiredCenterBody `json:"desired,omitempty" doc:"the newest version made at the center, and what became of it"`
}

type desiredCenterBody struct {
	Center  centerBody       `json:"center"`
	Version uint64           `json:"version"`
	State   wire.ConfigState `json:"state"`
	Detail  string           `json:"detail,omitempty"`
}

type centersOutput struct {
	Body struct {
		Nodes []nodeCenterBody `json:"nodes" nullable:"false"`
	}
}

func (s *Server) listCenters(ctx context.Context, _ *struct{}) (*centersOutput, error) {
	nodes, err := s.opt.Registry.Nodes(ctx)
	if err != nil {
		return nil, s.unavailable("list nodes", err)
	}
	out := new(centersOutput)
	out.Body.Nodes = []nodeCenterBody{}
	for _, n := range nodes {
		if !n.Retired.IsZero() {
			continue
		}
		one := nodeCenterBody{Node: string(n.ID)}
		inForce, desired, _, err := s.opt.Registry.ConfigurationStanding(ctx, n.ID)
		if err != nil {
			return nil, s.unavailable("read configuration", err)
		}
		if inForce != nil {
			c := centerOf(inForce.Body)
			one.InForce = &c
		}
		if desired != nil {
			report, err := s.opt.Registry.ConfigurationReport(ctx, n.ID)
			if err != nil && !errors.Is(err, registry.ErrNotFound) {
				return nil, s.unavailable("read configuration", err)
			}
			one.Trial = report.Trial
			one.Desired = &desiredCenterBody{centerOf(desired.Body), desired.Version, desired.State, desired.Detail}
		}
		out.Body.Nodes = append(out.Body.Nodes, one)
	}
	return out, nil
}

type setCentersInput struct {
	InLanguage
	Body struct {
		Nodes  []reading.NodeID `json:"nodes,omitempty" maxItems:"20000" doc:"whom to tell; none: all nodes in service"`
		Reason string           `json:"reason" minLength:"1" maxLength:"150" doc:"why, for people"`
		Center enrolment.Center `json:"center" doc:"what is left out stays as it was said before"`
		Clear  bool             `json:"clear,omitempty" doc:"forget what was said before: the last enrolment or renewal counts"`
	}
}

type toldBody struct {
	Node    reading.NodeID `json:"node"`
	Version uint64         `json:"version" doc:"the version that says so; 0 where there is none"`
	Sent    bool           `json:"sent" doc:"a version was made; else the node had, or is to have, just that"`
	Problem string         `json:"problem,omitempty" doc:"why nothing was sent"`
}

type toldOutput struct {
	Body struct {
		Nodes []toldBody `json:"nodes" nullable:"false"`
	}
}

func (s *Server) setCenters(ctx context.Context, in *setCentersInput) (*toldOutput, error) {
	if err := s.sound(in.Body.Center); err != nil {
		return nil, s.unsent(in.InLanguage, "set center", &dispatch.InvalidError{Err: fmt.Errorf("center.%w", err)})
	}
	nodes := in.Body.Nodes
	if len(nodes) == 0 {
		all, err := s.opt.Registry.Nodes(ctx)
		if err != nil {
			return nil, s.unavailable("list nodes", err)
		}
		for _, n := range all {
			if n.Retired.IsZero() {
				nodes = append(nodes, n.ID)
			}
		}
	}
	out := new(toldOutput)
	out.Body.Nodes = []toldBody{}
	for _, n := range nodes {
		c, sent, err := s.opt.Dispatch.SetCenter(ctx, by(ctx), n, in.Body.Reason, func(was enrolment.Center) enrolment.Center {
			if in.Body.Clear {
				was = enrolment.Center{}
			}
			return in.Body.Center.Over(was)
		})
		told := toldBody{Node: n, Version: c.Version, Sent: sent}
		var wrong *dispatch.InvalidError
		switch {
		case errors.As(err, &wrong): // with the rest of what this node has
			told.Problem = wrong.Error()
		case errors.Is(err, dispatch.ErrUntold):
			told.Problem = in.say("node ini belum melaporkan konfigurasinya", "this node has not told its configuration yet")
		case errors.Is(err, registry.ErrNotFound), errors.Is(err, registry.ErrRetired), errors.Is(err, registry.ErrChanged):
			told.Problem = s.refusal(in.InLanguage, "set center", err).Error()
		case err != nil:
			return nil, s.unsent(in.InLanguage, "set center", err)
		}
		out.Body.Nodes = append(out.Body.Nodes, told)
	}
	return out, nil
}

// sound says what is wrong with where nodes are to go, before any of them is told:
// none may be left with authorities of which this center has none, unless it is sent
// elsewhere.
func (s *Server) sound(c enrolment.Center) error {
	if err := c.Validate(); err != nil {
		return err
	}
	authorities, err := c.Authorities()
	if err != nil || len(authorities) == 0 {
		return err
	}
	now, ours := s.opt.Now(), false
	for i, ca := range authorities {
		if now.After(ca.NotAfter) {
			return fmt.Errorf("cas[%d]: it has ended, on %s", i, ca.NotAfter.Format(time.DateOnly))
		}
		if s.opt.Authority != nil {
			ours = ours || slices.ContainsFunc(s.opt.Authority.CAs(), func(own authority.CA) bool {
				pin := trust.Fingerprint(ca)
				return own.Issues && bytes.Equal(own.Pin[:], pin[:])
			})
		}
	}
	if !ours && len(c.Addresses) == 0 {
		return errors.New("cas: the one by which this center is known is not among them, and no other addresses are said: nodes would lose it")
	}
	return nil
}
