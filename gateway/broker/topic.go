package broker

import (
	"slices"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// maxTopic and maxLevels bound topics and filters: mochi makes a map for every
	// level, of which MQTT allows 65,536.
	maxTopic  = 1024 // bytes
	maxLevels = 64
)

// plausible says whether topic, or a filter, is not empty and within bounds.
func plausible(topic string) bool {
	return topic != "" && len(topic) <= maxTopic && strings.Count(topic, "/") < maxLevels
}

// isShared says whether filter is a shared subscription.
func isShared(filter string) bool { return mqtt.IsSharedFilter(filter) }

// speaker returns the node that speaks on topic; false where it is no node's.
func speaker(topic string) (reading.NodeID, bool) {
	owner, _, err := wire.ParseTopic(topic)
	return owner, err == nil
}

// forClients says whether clients may publish to topic: not to what only the
// center says, in any version of the topics.
func forClients(topic string) bool {
	rest, ours := strings.CutPrefix(topic, "siaga/")
	if !ours {
		return true
	}
	version, rest, _ := strings.Cut(rest, "/")
	if version == "center" {
		return false
	}
	_, channel, _ := strings.Cut(rest, "/")
	return !slices.Contains(wire.Down(), wire.Channel(channel))
}
