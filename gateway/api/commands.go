package api

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

type addCommandInput struct {
	NodeInput
	Body struct {
		Name    string `json:"name" enum:"restart,read,sleep,wake,logs"`
		Sensor  string `json:"sensor,omitempty" maxLength:"31" doc:"which one to read, to put to sleep or to wake"`
		Lines   int    `json:"lines,omitempty" minimum:"0" maximum:"2000" doc:"how many lines of the log; absent: 200"`
		Timeout int    `json:"timeout_s,omitempty" minimum:"0" maximum:"600" doc:"how long to wait for the answer in seconds; absent: 60"`
	}
}

type commandOutput struct{ Body commandBody }

type commandBody struct {
	ID       string       `json:"id"`
	Node     string       `json:"node"`
	Name     string       `json:"name"`
	Sensor   string       `json:"sensor,omitempty"`
	Lines    int          `json:"lines,omitempty"`
	Who      string       `json:"who"`
	Asked    time.Time    `json:"asked"`
	Expires  time.Time    `json:"expires" doc:"when nobody waits for an answer any more"`
	State    string       `json:"state" enum:"asked,done,failed,timed out"`
	Answered *time.Time   `json:"answered,omitempty"`
	Detail   string       `json:"detail,omitempty" doc:"what the node says of it"`
	Values   []answerBody `json:"values,omitempty" doc:"what a sensor said"`
	Log      string       `json:"log,omitempty" doc:"the newest lines of the node's log"`
}

type answerBody struct {
	Quantity string  `json:"quantity"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit" doc:"as people read it; empty where the quantity is of a later version"`
	Quality  string  `json:"quality"`
}

func asCommand(c *registry.NodeCommand) commandBody {
	b := commandBody{
		ID: c.ID, Node: string(c.Node), Name: c.Name, Sensor: string(c.Sensor), Lines: c.Lines, Who: c.Who,
		Asked: c.Asked, Expires: c.Expires, State: string(c.State),
	}
	if !c.Answered.IsZero() {
		b.Answered = &c.Answered
	}
	if c.Answer == nil {
		return b
	}
	b.Detail, b.Log = c.Answer.Detail, c.Answer.Log
	for _, v := range c.Answer.Values {
		one := answerBody{Quantity: v.Quantity, Value: v.Value, Quality: reading.Quality(v.Quality).String()}
		if q, ok := reading.Lookup(v.Quantity); ok {
			one.Unit = q.Info().Display
		}
		b.Values = append(b.Values, one)
	}
	return b
}

// usualLines is how much of a log is sent where nobody says how much.
const usualLines = 200

func (s *Server) addCommand(ctx context.Context, in *addCommandInput) (*commandOutput, error) {
	c := registry.NodeCommand{
		Node: in.node(), Name: strings.Clone(in.Body.Name), Sensor: reading.SensorID(strings.Clone(in.Body.Sensor)), Lines: in.Body.Lines,
	}
	if c.Name == "logs" && c.Lines == 0 {
		c.Lines = usualLines
	}
	c, err := s.opt.Dispatch.Do(ctx, by(ctx), c, time.Duration(in.Body.Timeout)*time.Second)
	if errors.Is(err, registry.ErrTooManyCommands) {
		return nil, huma.Error429TooManyRequests(in.say("node ini belum menjawab perintah sebelumnya", "this node has not answered the commands before"))
	}
	if err != nil {
		return nil, s.unsent(in.InLanguage, "send command", err)
	}
	return &commandOutput{asCommand(&c)}, nil
}

type commandInput struct {
	NodeInput
	Command string `path:"command"`
}

func (s *Server) getCommand(ctx context.Context, in *commandInput) (*commandOutput, error) {
	c, err := s.opt.Registry.NodeCommand(ctx, in.node(), in.Command)
	if err != nil {
		return nil, s.refusal(in.InLanguage, "read command", err)
	}
	return &commandOutput{asCommand(&c)}, nil
}

type commandsOutput struct {
	Body struct {
		Commands []commandBody `json:"commands" nullable:"false"`
	}
}

func (s *Server) listCommands(ctx context.Context, in *PageInput) (*commandsOutput, error) {
	if _, err := s.opt.Registry.Asset(ctx, in.node()); err != nil {
		return nil, s.refusal(in.InLanguage, "read node", err)
	}
	all, err := s.opt.Registry.NodeCommands(ctx, in.node(), in.Limit)
	if err != nil {
		return nil, s.unavailable("list commands", err)
	}
	out := new(commandsOutput)
	out.Body.Commands = make([]commandBody, len(all))
	for i := range all {
		out.Body.Commands[i] = asCommand(&all[i])
	}
	return out, nil
}
