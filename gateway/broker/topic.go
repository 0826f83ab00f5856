package broker

import (
	"strings"

	"github.com/siaga-id/siaga/internal/wire"
)

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
	switch wire.Channel(channel) {
	case wire.AckChannel, wire.Config, wire.Cmd:
		return false
	}
	return true
}
