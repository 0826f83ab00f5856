package device

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// checkFilter says what is wrong with a filter, and what to do about it.
func checkFilter(filter string) error {
	levels := strings.Split(filter, "/")
	switch {
	case filter == "":
		return errors.New("empty: want a topic filter such as application/+/device/+/event/up")
	case len(filter) > 1024 || !utf8.ValidString(filter) || strings.ContainsRune(filter, 0):
		return errors.New("not a topic filter: want at most 1024 bytes of text")
	case levels[0] == "siaga":
		return errors.New("topics under siaga/ are the nodes': name others")
	case strings.HasPrefix(levels[0], "$"):
		return errors.New("topics that begin with $ are the broker's: name others")
	case strings.ContainsAny(levels[0], "+#") || levels[0] == "":
		return errors.New("begins with no name, so that it would take in everything on the broker: write out the first level")
	}
	for i, level := range levels {
		if len(level) > 1 && strings.ContainsAny(level, "+#") {
			return errors.New("+ and # stand alone in their level")
		}
		if level == "#" && i < len(levels)-1 {
			return errors.New("# is the last level")
		}
	}
	return nil
}

// matches says whether a valid filter names the topic (MQTT 3.1.1 §4.7).
func matches(filter, topic string) bool {
	for {
		f, moreFilter, deeperFilter := strings.Cut(filter, "/")
		t, moreTopic, deeperTopic := strings.Cut(topic, "/")
		switch {
		case f == "#":
			return true
		case f != "+" && f != t:
			return false
		case !deeperFilter:
			return !deeperTopic
		case !deeperTopic:
			return moreFilter == "#" // "a/#" names "a" too
		}
		filter, topic = moreFilter, moreTopic
	}
}

// overlap says whether there are topics that both valid filters name.
func overlap(a, b string) bool {
	for {
		la, moreA, deeperA := strings.Cut(a, "/")
		lb, moreB, deeperB := strings.Cut(b, "/")
		switch {
		case la == "#" || lb == "#":
			return true
		case la != "+" && lb != "+" && la != lb:
			return false
		case !deeperA && !deeperB:
			return true
		case !deeperA:
			return moreB == "#"
		case !deeperB:
			return moreA == "#"
		}
		a, b = moreA, moreB
	}
}
