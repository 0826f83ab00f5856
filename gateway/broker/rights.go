package broker

import (
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// rights are topic filters that a client may publish to and subscribe to.
type rights struct {
	publish, subscribe []string
}

// mayPublish says whether topic, which holds no wildcard, is among what r names.
func (r rights) mayPublish(topic string) bool { return anyCovers(r.publish, topic) }

// maySubscribe says whether all that filter asks for is among what r names. For
// a message on its way to the client, filter is its topic.
func (r rights) maySubscribe(filter string) bool { return anyCovers(r.subscribe, filter) }

func anyCovers(allowed []string, asked string) bool {
	for _, a := range allowed {
		if covers(a, asked) {
			return true
		}
	}
	return false
}

// covers says whether every topic that asked matches is matched by allowed too.
// Topics that begin with "$" are matched by no wildcard at their first level
// (MQTT 3.1.1 §4.7.2).
func covers(allowed, asked string) bool {
	if strings.HasPrefix(asked, "$") && (strings.HasPrefix(allowed, "#") || strings.HasPrefix(allowed, "+")) {
		return false
	}
	for {
		a, moreAllowed, allowedGoesOn := strings.Cut(allowed, "/")
		b, moreAsked, askedGoesOn := strings.Cut(asked, "/")
		switch {
		case a == "#":
			return true
		case b == "#", a != "+" && a != b:
			return false
		}
		if !askedGoesOn {
			// "a/#" matches "a" too.
			return !allowedGoesOn || moreAllowed == "#"
		}
		if !allowedGoesOn {
			return false
		}
		allowed, asked = moreAllowed, moreAsked
	}
}

// nodeRights are a node's: it speaks for itself, and hears what is meant for it.
func nodeRights(node reading.NodeID) rights {
	r := rights{subscribe: []string{wire.CenterFilter}}
	for _, c := range wire.Up() {
		r.publish = append(r.publish, wire.Topic(node, c))
	}
	for _, c := range wire.Down() {
		r.subscribe = append(r.subscribe, wire.Topic(node, c))
	}
	return r
}

// ingesterRights are those of an ingester on another machine, which signs in by
// name: it takes packs in a share group, follows states, and acknowledges.
func ingesterRights(name string) rights {
	return rights{
		publish: []string{wire.Filter(wire.AckChannel), wire.CenterTopic(name)},
		subscribe: []string{
			wire.Filter(wire.Live), wire.Filter(wire.Fill), wire.Filter(wire.State), wire.CenterFilter,
			"$share/+/" + wire.Filter(wire.Live), "$share/+/" + wire.Filter(wire.Fill),
		},
	}
}
