package broker

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCovers(t *testing.T) {
	for _, tc := range []struct {
		allowed, asked string
		want           bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/c", false},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"a/+", "a/b", true},
		{"a/+", "a/+", true},
		{"a/b", "a/+", false},
		{"a/+", "a/b/c", false},
		{"a/+", "a/#", false},
		{"a/#", "a/#", true},
		{"a/#", "a/+/c", true},
		{"a/#", "a", true},
		{"a/b/#", "a", false},
		{"#", "a/b", true},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/x", "$SYS/x", true},
		{"a/b", "#", false},
		{"a/b", "+/b", false},
		{"a/+", "a/", true},
		{"a/b", "a/b/", false},
		{"", "", true},
	} {
		if got := covers(tc.allowed, tc.asked); got != tc.want {
			t.Errorf("covers(%q, %q) = %v", tc.allowed, tc.asked, got)
		}
	}
}

// matches is how a broker matches one topic, written once more and otherwise.
func matches(filter, topic []string) bool {
	switch {
	case len(filter) == 0:
		return len(topic) == 0
	case filter[0] == "#":
		return true
	case len(topic) == 0:
		return false
	}
	return (filter[0] == "+" || filter[0] == topic[0]) && matches(filter[1:], topic[1:])
}

// What covers grants never contains a topic beyond what was allowed.
func TestCoversGrantsNothingMore(t *testing.T) {
	level := rapid.SampledFrom([]string{"a", "b", "+", ""})
	word := rapid.SampledFrom([]string{"a", "b", "c", ""})
	rapid.Check(t, func(t *rapid.T) {
		filter := func(name string) []string {
			f := rapid.SliceOfN(level, 1, 4).Draw(t, name)
			if rapid.Bool().Draw(t, name+" ends with #") {
				f = append(f, "#")
			}
			return f
		}
		allowed, asked := filter("allowed"), filter("asked")
		topic := rapid.SliceOfN(word, 1, 5).Draw(t, "topic")
		granted := covers(strings.Join(allowed, "/"), strings.Join(asked, "/"))
		if granted && matches(asked, topic) && !matches(allowed, topic) {
			t.Fatalf("%q lets %q through, which gets %q", allowed, asked, topic)
		}
		if !slices.Contains(topic, "+") && covers(strings.Join(allowed, "/"), strings.Join(topic, "/")) != matches(allowed, topic) {
			t.Fatalf("%q and the topic %q", allowed, topic)
		}
	})
}
