package device

import (
	"strings"
	"testing"
)

func TestBadConfigurations(t *testing.T) {
	topics := func(filters ...string) (c Config) {
		for _, f := range filters {
			c.Topics = append(c.Topics, Topic{f})
		}
		return c
	}
	for _, tc := range []struct {
		conf Config
		want string
	}{
		{topics(""), "topics[0].filter"},
		{topics("a/b", "siaga/v1/+/live"), "topics[1].filter"},
		{topics("siaga"), "the nodes'"},
		{topics("$SYS/broker"), "the broker's"},
		{topics("$share/g/a"), "the broker's"},
		{topics("#"), "first level"},
		{topics("+/device/up"), "first level"},
		{topics("/a"), "first level"},
		{topics("a/b+"), "stand alone"},
		{topics("a/#/b"), "last level"},
		{topics("a/\x00"), "not a topic filter"},
		{topics("a/\xff"), "not a topic filter"},
		{topics("a/+/up", "a/1/#"), "overlaps with topics[0]"},
		{topics("a", "a"), "overlaps"},
		{Config{SpoolBytes: 1}, "spool_bytes"},
		{Config{MaxMessageBytes: 1 << 20}, "max_message_bytes"},
		{Config{MaxMessageBytes: -1}, "max_message_bytes"},
		{Config{Topics: make([]Topic, 101)}, "at most 100"},
	} {
		if err := tc.conf.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: error %v, want it to say %q", tc.conf, err, tc.want)
		}
	}
	if err := topics("application/+/device/+/event/up", "application/+/device/+/event/join", "tele/+/SENSOR", "tasmota").Validate(); err != nil {
		t.Error(err)
	}
}

func TestFilters(t *testing.T) {
	for _, tc := range []struct {
		filter, topic string
		want          bool
	}{
		{"a", "a", true},
		{"a", "a/b", false},
		{"a/b", "a", false},
		{"a/+", "a/b", true},
		{"a/+", "a/b/c", false},
		{"a/+", "a", false},
		{"a/+", "a/", true},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"a/#", "ab", false},
		{"a/+/c/#", "a/b/c", true},
		{"a/+/c/#", "a/b/d", false},
		{"a//b", "a//b", true},
	} {
		if got := matches(tc.filter, tc.topic); got != tc.want {
			t.Errorf("%q names %q: %v", tc.filter, tc.topic, got)
		}
	}
}

// FuzzOverlap: two filters that name the same topic overlap, in either order.
func FuzzOverlap(f *testing.F) {
	f.Add("a/+", "a/#", "a/b")
	f.Add("a/+/c", "a/b/+", "a/b/c")
	f.Add("a/#", "a", "a")
	f.Add("a/+", "b/+", "a/b")
	f.Fuzz(func(t *testing.T, a, b, topic string) {
		if checkFilter(a) != nil || checkFilter(b) != nil || strings.ContainsAny(topic, "+#") {
			return
		}
		if overlap(a, b) != overlap(b, a) {
			t.Errorf("%q and %q overlap one way only", a, b)
		}
		if matches(a, topic) && matches(b, topic) && !overlap(a, b) {
			t.Errorf("%q and %q both name %q and do not overlap", a, b, topic)
		}
	})
}
