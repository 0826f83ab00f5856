package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// commandLimit bounds a command at the node: a slow sensor may take 10 s, and
	// another measurement may be under way.
	commandLimit = 30 * time.Second
	// answerLimit bounds how long an answer is tried to be sent.
	answerLimit = time.Minute
	answerAgain = 2 * time.Second
)

// node is the agent, as commands see it.
type node interface {
	Read(ctx context.Context, id reading.SensorID) ([]reading.Reading, error)
	Sleep(ctx context.Context, id reading.SensorID) error
	Wake(ctx context.Context, id reading.SensorID) error
	Time() (at time.Time, errS float64)
	Publish(ctx context.Context, c wire.Channel, payload []byte, retain bool) error
}

var _ node = (*edge.Agent)(nil)

// obey does a command and answers it, but for a restart, which the next agent
// answers: again is true then.
func (s *Station) obey(ctx context.Context, n node, c wire.Command) (a wire.Answer, again bool) {
	before, err := s.done.take(c)
	switch {
	case err != nil:
		return undone(c, err), false
	case before != nil:
		return *before, false
	}
	defer func() { s.done.answered(a) }()
	if at, errS := n.Time(); !at.IsZero() {
		if late := at.Sub(time.UnixMilli(c.ExpiresMS)) - time.Duration(errS*float64(time.Second)); late > 0 {
			return undone(c, fmt.Errorf("it came %v too late by the node's clock", late.Round(time.Second))), false
		}
	}
	s.log.Info("command", "command", c.Name, "sensor", c.Sensor, "by", c.By, "id", c.ID)
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	a = wire.Answer{ID: c.ID, State: wire.Done}
	switch c.Name {
	case wire.CommandRestart:
		a.Detail = "it is being started again"
		return a, true
	case wire.CommandRead:
		var all []reading.Reading
		all, err = n.Read(ctx, c.Sensor)
		for _, r := range all {
			a.Values = append(a.Values, wire.ReadValue{Quantity: r.Quantity.String(), Value: r.Value, Quality: int(r.Quality)})
		}
	case wire.CommandSleep:
		err = n.Sleep(ctx, c.Sensor)
	case wire.CommandWake:
		err = n.Wake(ctx, c.Sensor)
	case wire.CommandLogs:
		if s.opt.Log == nil {
			err = errors.New("this program keeps no log")
		} else {
			a.Log = s.opt.Log.Last(c.Lines)
		}
	default:
		err = fmt.Errorf("%q is no command that this version knows", c.Name)
	}
	if err != nil {
		values := a.Values
		a = undone(c, err)
		a.Values = values
	}
	return a, false
}

func undone(c wire.Command, err error) wire.Answer {
	return wire.Answer{ID: c.ID, State: wire.Undone, Detail: err.Error()}
}

// answer sends an answer, again while there is no connection.
func (s *Station) answer(ctx context.Context, n node, a wire.Answer) {
	if at, _ := n.Time(); !at.IsZero() {
		a.TimeMS = at.UnixMilli()
	}
	b, err := a.Encode()
	if err != nil {
		s.log.Error("command not answered", "id", a.ID, "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	for {
		if err = n.Publish(ctx, wire.Reply, b, false); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.log.Warn("command not answered", "id", a.ID, "err", err)
			return
		case <-time.After(answerAgain):
		}
	}
}

// serveCommands does one command after the other until ctx ends.
func (l *link) serveCommands(ctx context.Context, n node) {
	restarted, err := l.s.done.restarted()
	if err != nil {
		l.s.log.Error("a restart may be told of again", "err", err)
	}
	for _, d := range restarted {
		l.s.answer(ctx, n, wire.Answer{ID: d.ID, State: wire.Done, Detail: "started again"})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-l.commands:
			a, again := l.s.obey(ctx, n, c)
			if again {
				l.again(errors.New("the center asked for it"))
				continue
			}
			l.s.answer(ctx, n, a)
		}
	}
}
