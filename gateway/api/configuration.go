package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/wire"
)

// configurationRoutes are what people have nodes do. How a node is wired is for
// operators to read; a log may tell more than others should know.
func (s *Server) configurationRoutes(api huma.API) {
	if s.opt.Dispatch == nil {
		s.opt.Dispatch = dispatch.New(dispatch.Options{
			Registry: s.opt.Registry, Now: s.opt.Now, Logger: s.opt.Logger,
			Publish: func(string, []byte, bool) error { return errNoBroker },
		})
	}
	read := func(role access.Role, path, id, summary string) huma.Operation {
		return s.change(role, http.MethodGet, path, id, summary)
	}
	huma.Register(api, read(access.Operator, "/api/v1/nodes/{id}/configuration", "get-configuration", "A node's configuration: in force, and desired"), s.getConfiguration)
	huma.Register(api, s.change(access.Technician, "PUT", "/api/v1/nodes/{id}/configuration", "set-configuration", "Make a version of a node's configuration and send it"), s.setConfiguration)
	huma.Register(api, read(access.Operator, "/api/v1/nodes/{id}/configurations", "list-configurations", "All versions of a node's configuration, the newest first"), s.listConfigurations)
	s.centerRoutes(api)
	order := s.change(access.Technician, "POST", "/api/v1/nodes/{id}/commands", "add-command", "Give a node a command, which it answers or which times out")
	order.DefaultStatus = http.StatusAccepted
	huma.Register(api, order, s.addCommand)
	huma.Register(api, read(access.Technician, "/api/v1/nodes/{id}/commands", "list-commands", "A node's commands, the newest first"), s.listCommands)
	huma.Register(api, read(access.Technician, "/api/v1/nodes/{id}/commands/{command}", "get-command", "How far a command has come"), s.getCommand)
}

var errNoBroker = errors.New("this server has no broker")

type configurationOutput struct {
	ETag string `header:"ETag" doc:"the newest version, for If-Match"`
	Body configurationBody
}

type configurationBody struct {
	Node   string `json:"node"`
	Newest uint64 `json:"newest" doc:"the newest version that is known; 0: none"`
	// Reported is absent where the node has told nothing yet.
	Reported    *time.Time              `json:"reported,omitempty" doc:"when the node last told of it; absent: never"`
	InForce     *registry.Configuration `json:"in_force,omitempty" doc:"as the node said"`
	Trial       bool                    `json:"trial" doc:"the node gives it back should it lose the center"`
	Desired     *registry.Configuration `json:"desired,omitempty" doc:"the newest version made at the center, and what became of it"`
	Corrections []correctionBody        `json:"corrections" nullable:"false" doc:"the sensors' corrections in force, which only people at the node change"`
}

type correctionBody struct {
	Sensor   string    `json:"sensor"`
	Quantity string    `json:"quantity"`
	Version  uint64    `json:"version"`
	Kind     string    `json:"kind"`
	Date     time.Time `json:"date"`
	Author   string    `json:"author"`
	Reason   string    `json:"reason"`
}

func (s *Server) getConfiguration(ctx context.Context, in *NodeInput) (*configurationOutput, error) {
	if _, err := s.opt.Registry.Asset(ctx, in.node()); err != nil {
		return nil, s.refusal(in.InLanguage, "read node", err)
	}
	return s.configuration(ctx, in)
}

func (s *Server) configuration(ctx context.Context, in *NodeInput) (*configurationOutput, error) {
	body := configurationBody{Node: in.ID, Corrections: []correctionBody{}}
	var err error
	if body.InForce, body.Desired, body.Newest, err = s.opt.Registry.ConfigurationStanding(ctx, in.node()); err != nil {
		return nil, s.unavailable("read configuration", err)
	}
	report, err := s.opt.Registry.ConfigurationReport(ctx, in.node())
	switch {
	case err == nil:
		body.Reported, body.Trial = &report.Received, report.Trial
	case !errors.Is(err, registry.ErrNotFound):
		return nil, s.unavailable("read configuration", err)
	}
	for _, c := range report.Corrections {
		body.Corrections = append(body.Corrections, correctionBody{
			string(c.Sensor), c.Quantity, c.Version, c.Kind, time.UnixMilli(c.DateMS).UTC(), c.Author, c.Reason,
		})
	}
	return &configurationOutput{ETag: fmt.Sprintf("%q", strconv.FormatUint(body.Newest, 10)), Body: body}, nil
}

type setConfigurationInput struct {
	NodeInput
	IfMatch string `header:"If-Match" required:"true" maxLength:"64" doc:"the newest version that was looked at, as its ETag; * for whatever it is now"`
	Body    struct {
		Reason        string          `json:"reason" minLength:"1" maxLength:"150" doc:"why, for people"`
		Configuration wire.ConfigBody `json:"configuration" doc:"pack_interval, queue, send, page.listen and sensors, as the node's file has them; what is left out has its default. Also center, which only an admin changes: what others leave out of it stays"`
	}
}

func (s *Server) setConfiguration(ctx context.Context, in *setConfigurationInput) (*configurationOutput, error) {
	seen, err := matched(in.IfMatch)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	if !access.From(ctx).May(access.Admin) {
		if seen, err = s.keepCenter(ctx, in, seen); err != nil {
			return nil, err
		}
	}
	_, err = s.opt.Dispatch.Set(ctx, by(ctx), in.node(), seen, in.Body.Reason, in.Body.Configuration)
	if errors.Is(err, registry.ErrChanged) {
		return nil, huma.Error412PreconditionFailed(in.say("sudah diubah orang lain: lihat dulu, lalu ulangi", "somebody else has changed it meanwhile: look at it, then try again"))
	}
	if err != nil {
		return nil, s.unsent(in.InLanguage, "set configuration", err)
	}
	return s.configuration(ctx, &in.NodeInput)
}

// keepCenter leaves what a configuration says of the center as it is, or is to be: it
// fills in what was left out and refuses another word. It returns the version that the
// answer is about, so that no newer word is taken back.
func (s *Server) keepCenter(ctx context.Context, in *setConfigurationInput, seen *uint64) (*uint64, error) {
	base, desired, newest, err := s.opt.Registry.ConfigurationStanding(ctx, in.node())
	if err != nil {
		return nil, s.unavailable("read configuration", err)
	}
	if desired != nil && desired.State == wire.Desired {
		base = desired
	}
	var is any
	if base != nil {
		is = base.Body["center"]
	}
	switch says, there := in.Body.Configuration["center"]; {
	case there && !reflect.DeepEqual(says, is):
		id := access.From(ctx)
		status, why := denied(id, access.Admin)
		s.opt.Access.Refused(ctx, id, "set-configuration", "center: "+why)
		return nil, huma.NewError(status, "center: "+why)
	case is != nil && in.Body.Configuration != nil:
		in.Body.Configuration["center"] = is
	}
	if seen == nil {
		seen = &newest
	}
	return seen, nil
}

// matched reads an If-Match; nil is that anything matches.
func matched(header string) (*uint64, error) {
	if header == "*" {
		return nil, nil
	}
	text := strings.Trim(strings.TrimPrefix(strings.TrimSpace(header), "W/"), `"`)
	seen, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return nil, fmt.Errorf("If-Match %q: want a version such as \"7\", or *", header)
	}
	return &seen, nil
}

// unsent is refusal for what may be wrong in itself.
func (s *Server) unsent(in InLanguage, what string, err error) error {
	var wrong *dispatch.InvalidError
	if !errors.As(err, &wrong) {
		return s.refusal(in, what, err)
	}
	var details []error
	for line := range strings.Lines(wrong.Error()) {
		at, message, _ := strings.Cut(strings.TrimSpace(line), ": ")
		details = append(details, &huma.ErrorDetail{Location: at, Message: message})
	}
	return huma.Error422UnprocessableEntity(in.say("tidak ada yang dikirim; yang salah:", "nothing was sent; what is wrong:"), details...)
}

type configurationsOutput struct {
	Body struct {
		Configurations []registry.Configuration `json:"configurations" nullable:"false"`
	}
}

func (s *Server) listConfigurations(ctx context.Context, in *PageInput) (*configurationsOutput, error) {
	if _, err := s.opt.Registry.Asset(ctx, in.node()); err != nil {
		return nil, s.refusal(in.InLanguage, "read node", err)
	}
	all, err := s.opt.Registry.Configurations(ctx, in.node(), in.Limit)
	if err != nil {
		return nil, s.unavailable("list configurations", err)
	}
	out := new(configurationsOutput)
	out.Body.Configurations = all
	return out, nil
}
