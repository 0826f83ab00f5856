package provision

import (
	"slices"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// Rules returns all alert rules. Thresholds on rivers and air are not among them:
// what is an alarm there is for the center to say, with its hysteresis.
func Rules() []Rule { return slices.Clone(rules) }

const (
	warning  = "warning"
	critical = "critical"
	// newest is how far back what is written each minute is looked for: one minute
	// may be missed, and a value is as old as it looks.
	newest = 3 * time.Minute
)

var rules = slices.Concat(nodeRules, centerRules)

// ofNodes asks what the center writes each minute about every node: a series of
// each. Points of its sensors have no such fields, or none that are asked for.
func ofNodes(value string) string {
	return `SELECT ` + value + ` FROM "node" WHERE $timeFilter AND "sensor" = '' GROUP BY "node", "site", "district"`
}

func says(id, en string) grafana.Text { return grafana.Text{ID: id, EN: en} }

// minutes writes a duration as Grafana reads it.
func minutes(d time.Duration) string { return strconv.Itoa(int(d.Minutes())) + "m" }
