package remote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/siaga-id/siaga/internal/wire"
)

// normal returns settings as JSON would have them, sharing nothing.
func normal(b wire.ConfigBody) (wire.ConfigBody, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	out := wire.ConfigBody{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return out, nil
}

// merge does to onto what somebody did to was when it became is: key by key, and
// sensor by sensor. All are normal; the result shares values with them.
func merge(was, is, onto wire.ConfigBody) wire.ConfigBody {
	out := maps.Clone(onto)
	if out == nil {
		out = wire.ConfigBody{}
	}
	for key := range union(was, is) {
		if same(was[key], is[key]) {
			continue
		}
		before, after, there := was[key], is[key], onto[key]
		switch {
		case key == "sensors":
			put(out, key, mergeSensors(list(before), list(after), list(there)))
		case isSection(before) && isSection(after) && isSection(there):
			out[key] = map[string]any(merge(section(before), section(after), section(there)))
		default:
			put(out, key, after)
		}
	}
	return out
}

// put sets a key, or takes it out where there is nothing to set.
func put(b wire.ConfigBody, key string, value any) {
	if value == nil {
		delete(b, key)
		return
	}
	b[key] = value
}

// mergeSensors keeps there's order; what is new comes last.
func mergeSensors(was, is, there []any) any {
	out := []any{}
	for _, s := range there {
		before, had := find(was, id(s))
		after, has := find(is, id(s))
		switch {
		case had && !has: // somebody took it out
		case has && !(had && same(before, after)):
			out = append(out, after)
		default:
			out = append(out, s)
		}
	}
	for _, s := range is {
		before, had := find(was, id(s))
		if _, has := find(there, id(s)); !has && !(had && same(before, s)) {
			out = append(out, s)
		}
	}
	return out
}

func union(a, b wire.ConfigBody) map[string]bool {
	all := map[string]bool{}
	for key := range a {
		all[key] = true
	}
	for key := range b {
		all[key] = true
	}
	return all
}

// same reports whether two values say the same.
func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

func isSection(v any) bool { _, ok := v.(map[string]any); return ok }

func section(v any) wire.ConfigBody {
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func id(sensor any) string {
	name, _ := section(sensor)["id"].(string)
	return name
}

func find(sensors []any, name string) (any, bool) {
	i := slices.IndexFunc(sensors, func(s any) bool { return id(s) == name })
	if i < 0 {
		return nil, false
	}
	return sensors[i], true
}
