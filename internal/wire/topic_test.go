package wire

import (
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

var channels = []Channel{Live, Fill, State, AckChannel, Config, ConfigReported, Cmd, Reply}

func TestTopic(t *testing.T) {
	for _, c := range channels {
		topic := Topic("sutojayan-01", c)
		if want := "siaga/v1/sutojayan-01/" + string(c); topic != want {
			t.Errorf("Topic(%s) = %q, want %q", c, topic, want)
		}
		node, got, err := ParseTopic(topic)
		if node != "sutojayan-01" || got != c || err != nil {
			t.Errorf("ParseTopic(%q) = %q, %q, %v", topic, node, got, err)
		}
	}
	if got := Filter(Live); got != "siaga/v1/+/live" {
		t.Errorf("Filter(Live) = %q", got)
	}
}

func TestParseTopicRefuses(t *testing.T) {
	for _, topic := range []string{
		"", "siaga", "siaga/v1/", "siaga/v1//live", "siaga/v1/sutojayan-01", "siaga/v1/sutojayan-01/",
		"siaga/v1/sutojayan-01/live/", "siaga/v1/sutojayan-01/LIVE", "siaga/v1/Sutojayan/live",
		"siaga/v1/+/live", "siaga/v1/#", "siaga/v2/sutojayan-01/live", "/siaga/v1/sutojayan-01/live",
		"siaga/v1/sutojayan-01/config/", "siaga/v1/sutojayan-01/config/reported/x", "siaga/center/v1/pusat-1/state",
		"siaga/v1/" + strings.Repeat("a", 100000) + "/live",
	} {
		_, _, err := ParseTopic(topic)
		if err == nil {
			t.Errorf("ParseTopic(%.80q): want an error", topic)
		} else if len(err.Error()) > 400 {
			t.Errorf("ParseTopic(%.80q): its error is %d bytes long", topic, len(err.Error()))
		}
	}
}

func TestCenterTopic(t *testing.T) {
	topic := CenterTopic("pusat-1")
	if topic != "siaga/center/v1/pusat-1/state" {
		t.Errorf("CenterTopic = %q", topic)
	}
	if got, err := ParseCenterTopic(topic); got != "pusat-1" || err != nil {
		t.Errorf("ParseCenterTopic(%q) = %q, %v", topic, got, err)
	}
	if CenterFilter != CenterTopic("+") {
		t.Errorf("CenterFilter = %q", CenterFilter)
	}
	for _, bad := range []string{"", "siaga/center/v1/state", "siaga/center/v1//state", "siaga/center/v1/pusat-1", "siaga/center/v1/a/b/state", "siaga/center/v1/Pusat/state", "siaga/v1/pusat-1/state"} {
		if _, err := ParseCenterTopic(bad); err == nil {
			t.Errorf("ParseCenterTopic(%q): want an error", bad)
		}
	}
}

func FuzzParseTopic(f *testing.F) {
	for _, c := range channels {
		f.Add(Topic("sutojayan-01", c))
	}
	f.Add("siaga/v1/+/live")
	f.Fuzz(func(t *testing.T, topic string) {
		node, c, err := ParseTopic(topic)
		if err != nil {
			return
		}
		if !reading.ValidID(node) || !c.Valid() || Topic(node, c) != topic {
			t.Fatalf("ParseTopic(%q) = %q, %q", topic, node, c)
		}
	})
}
