package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// What a query asks for, its queryType.
const (
	readingsQuery    = "readings"
	nodesQuery       = "nodes"
	latestQuery      = "latest"
	gapsQuery        = "gaps"
	quarantineQuery  = "quarantine"
	annotationsQuery = "annotations"
)

// Which of a sensor's values are wanted.
const (
	best      = "best" // corrected where there is one, else raw
	raw       = "raw"
	corrected = "corrected"
)

// What annotations are of.
const (
	gapKind           = "gap"
	configurationKind = "configuration"
	eventKind         = "event"
)

// maxNames bounds each list of a query, as the center does.
const maxNames = 500

// grafanas are the keys that Grafana adds to queries.
var grafanas = []string{
	"refId", "datasource", "datasourceId", "hide", "key", "intervalMs", "maxDataPoints", "timeRange", "resultAssertions", "queryCachingTTL", "expression",
}

// query is what a panel asks for; every name in it is a possible one. Empty lists mean
// all.
type query struct {
	Type     string
	Quantity reading.Quantity // raw; 0: all
	Values   string
	Scope    scope
	Live     bool
	Kinds    []string
}

// scope is what a query is held to; empty lists mean all.
type scope struct {
	Nodes, Sensors, Sites, Districts []string
}

// parseQuery reads a query as dashboards keep it. Keys that are neither ours nor
// Grafana's are refused: a misspelt one would ask for everything.
func parseQuery(text []byte, queryType string) (query, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return query{}, fmt.Errorf("read query: %w", err)
	}
	for _, key := range grafanas {
		delete(keys, key)
	}
	var in struct {
		QueryType, Quantity, Values      string
		Nodes, Sensors, Sites, Districts []string
		Kinds                            []string
		Live                             bool
	}
	into := map[string]any{
		"queryType": &in.QueryType, "quantity": &in.Quantity, "values": &in.Values, "nodes": &in.Nodes, "sensors": &in.Sensors,
		"sites": &in.Sites, "districts": &in.Districts, "kinds": &in.Kinds, "live": &in.Live,
	}
	for key, value := range keys {
		to, ok := into[key]
		if !ok {
			return query{}, fmt.Errorf("read query: %q is no key of a query", clip(key))
		}
		if err := json.Unmarshal(value, to); err != nil {
			return query{}, fmt.Errorf("read query: %s: %w", key, err)
		}
	}
	if queryType != "" {
		in.QueryType = queryType
	}
	q := query{Type: in.QueryType, Values: in.Values, Live: in.Live, Kinds: in.Kinds, Scope: scope{in.Nodes, in.Sensors, in.Sites, in.Districts}}
	if q.Values == "" {
		q.Values = best
	}
	return q, q.check(in.Quantity)
}

func (q *query) check(quantity string) error {
	if !slices.Contains([]string{readingsQuery, nodesQuery, latestQuery, gapsQuery, quarantineQuery, annotationsQuery}, q.Type) {
		return fmt.Errorf("read query: queryType %q: want readings, nodes, latest, gaps, quarantine or annotations", clip(q.Type))
	}
	if q.Values != best && q.Values != raw && q.Values != corrected {
		return fmt.Errorf("read query: values %q: want best, raw or corrected", clip(q.Values))
	}
	if quantity != "" {
		named, ok := reading.Lookup(quantity)
		if !ok {
			return fmt.Errorf("read query: %q is no quantity%s", clip(quantity), variable(quantity))
		}
		if q.Quantity = named.Raw(); named.IsCorrected() {
			q.Values = corrected
		}
	}
	if q.Type == readingsQuery && q.Quantity == 0 {
		return errors.New("read query: readings need a quantity, such as pm2_5")
	}
	for _, kind := range q.Kinds {
		if kind != gapKind && kind != configurationKind && kind != eventKind {
			return fmt.Errorf("read query: kind %q: want gap, configuration or event", clip(kind))
		}
	}
	return q.Scope.check()
}

// check holds every name to what can be one.
func (s *scope) check() error {
	for _, list := range []struct {
		names []string
		check func(string) error
	}{
		{s.Nodes, func(s string) error { _, err := reading.ParseNodeID(s); return err }},
		{s.Sensors, func(s string) error { _, err := reading.ParseSensorID(s); return err }},
		{s.Sites, func(s string) error { _, err := reading.ParseSiteCode(s); return err }},
		{s.Districts, checkDistrict},
	} {
		if len(list.names) > maxNames {
			return fmt.Errorf("read query: a list has %d entries: want at most %d, or none for all", len(list.names), maxNames)
		}
		for _, name := range list.names {
			if err := list.check(name); err != nil {
				return fmt.Errorf("read query: %w%s", err, variable(name))
			}
		}
	}
	return nil
}

// checkDistrict wants a code such as 35.05.12.
func checkDistrict(s string) error {
	if code, err := reading.ParseSiteCode(s + ".0000"); err != nil || code.District() != s {
		return fmt.Errorf("%q is no code of a district, such as 35.05.12", clip(s))
	}
	return nil
}

// variable says so where a name is a variable that nobody replaced.
func variable(name string) string {
	if strings.Contains(name, "$") {
		return ": the dashboard has no such variable"
	}
	return ""
}

// wants tells whether annotations of a kind are asked for.
func (q *query) wants(kind string) bool { return len(q.Kinds) == 0 || slices.Contains(q.Kinds, kind) }

// has tells whether a place is in the scope. Who has no sensor gives "".
func (s *scope) has(node, sensor, site, district string) bool {
	in := func(all []string, one string) bool { return len(all) == 0 || slices.Contains(all, one) }
	return in(s.Nodes, node) && in(s.Sites, site) && in(s.Districts, district) && (sensor == "" || in(s.Sensors, sensor))
}

// clip bounds what a hostile name may put into a message.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
