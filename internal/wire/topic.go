package wire

import (
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// Channel is the last part of a node's topic: what kind of message it carries.
type Channel string

// The channels of a node. Live, Fill, State, ConfigReported and Reply go up;
// AckChannel, Config and Cmd go down. State, Config and ConfigReported are retained.
const (
	Live           Channel = "live"
	Fill           Channel = "fill"
	State          Channel = "state"
	AckChannel     Channel = "ack"
	Config         Channel = "config"
	ConfigReported Channel = "config/reported"
	Cmd            Channel = "cmd"
	Reply          Channel = "reply"
)

// Up returns the channels on which a node speaks. The slice is the caller's.
func Up() []Channel { return []Channel{Live, Fill, State, ConfigReported, Reply} }

// Down returns the channels on which a node is spoken to. The slice is the
// caller's.
func Down() []Channel { return []Channel{AckChannel, Config, Cmd} }

// CenterFilter is the MQTT subscription to the states of all ingesters.
const CenterFilter = centerPrefix + "+" + centerSuffix

const (
	nodePrefix   = "siaga/v1/"
	centerPrefix = "siaga/center/v1/"
	centerSuffix = "/state"
)

// Valid reports whether c is one of the channels.
func (c Channel) Valid() bool {
	switch c {
	case Live, Fill, State, AckChannel, Config, ConfigReported, Cmd, Reply:
		return true
	}
	return false
}

// Topic returns the topic of a node's channel, "siaga/v1/<node>/<c>". Both must
// be valid: it does not check them.
func Topic(node reading.NodeID, c Channel) string {
	return nodePrefix + string(node) + "/" + string(c)
}

// ParseTopic returns what Topic was given. Anything that Topic cannot have made
// from a valid node and channel is an error.
func ParseTopic(topic string) (reading.NodeID, Channel, error) {
	rest, ok := strings.CutPrefix(topic, nodePrefix)
	if !ok {
		return "", "", fmt.Errorf("parse topic %q: want it to start with %s", clip(topic), nodePrefix)
	}
	id, channel, _ := strings.Cut(rest, "/")
	node, err := reading.ParseNodeID(id)
	if err != nil {
		return "", "", fmt.Errorf("parse topic %q: %w", clip(topic), err)
	}
	if c := Channel(channel); c.Valid() {
		return node, c, nil
	}
	return "", "", fmt.Errorf("parse topic %q: nodes have no channel %q", clip(topic), clip(channel))
}

// Filter returns the MQTT subscription to one channel of all nodes, "siaga/v1/+/<c>".
func Filter(c Channel) string {
	return nodePrefix + "+/" + string(c)
}

// CenterTopic returns the topic of an ingester's state. An ingester's name
// follows the rule of node ids; CenterTopic does not check it.
func CenterTopic(ingester string) string {
	return centerPrefix + ingester + centerSuffix
}

// ParseCenterTopic returns the name of the ingester whose state topic it is.
// Anything that CenterTopic cannot have made from a valid name is an error.
func ParseCenterTopic(topic string) (ingester string, err error) {
	rest, ok := strings.CutPrefix(topic, centerPrefix)
	if ok {
		ingester, ok = strings.CutSuffix(rest, centerSuffix)
	}
	if !ok || !reading.ValidID(ingester) {
		return "", fmt.Errorf("parse center topic %q: want %s<ingester>%s", clip(topic), centerPrefix, centerSuffix)
	}
	return ingester, nil
}
