package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// ErrUntold tells that a node has not told its configuration yet, which a change of
// one part of it must not replace.
var ErrUntold = errors.New("the node has not told its configuration yet")

// SetCenter makes a version of a node's configuration that says how its center is
// reached and known, and is otherwise what the node has, or will have once it takes
// the version that waits for it. change is given what that says of the center, and
// returns what it is to say. made is false where that is the same. Errors are Set's,
// and ErrUntold.
func (d *Dispatcher) SetCenter(ctx context.Context, by registry.Actor, node reading.NodeID, reason string, change func(enrolment.Center) enrolment.Center) (c registry.Configuration, made bool, err error) {
	inForce, desired, newest, err := d.opt.Registry.ConfigurationStanding(ctx, node)
	if err != nil {
		return c, false, err
	}
	base := inForce
	if desired != nil && desired.State == wire.Desired {
		base = desired
	}
	if base == nil || base.Body == nil {
		return c, false, fmt.Errorf("configure %s: %w", node, ErrUntold)
	}
	was, err := base.Body.Center()
	if err != nil {
		return c, false, &InvalidError{err}
	}
	is, err := plain(change(was))
	if err != nil {
		return c, false, err
	}
	before, err := plain(was)
	if err != nil {
		return c, false, err
	}
	if same, err := equal(before, is); err != nil || same {
		return *base, false, err
	}
	body := maps.Clone(base.Body)
	delete(body, "center")
	if len(is) > 0 {
		body["center"] = is
	}
	c, err = d.Set(ctx, by, node, &newest, reason, body)
	return c, err == nil, err
}

// plain is a center as a configuration's body has it.
func plain(c enrolment.Center) (out map[string]any, err error) {
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return nil, fmt.Errorf("encode center: %w", err)
	}
	return out, nil
}

func equal(a, b map[string]any) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return string(x) == string(y), err
}
