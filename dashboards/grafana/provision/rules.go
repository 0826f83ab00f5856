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

// perNode ends the queries of what the center writes each minute about every node.
// Points of its sensors have no such fields, or none that are asked for.
const perNode = `FROM "node" WHERE $timeFilter AND "sensor" = '' GROUP BY "node", "site", "district"`

// rules ask raw points of a few minutes, of which the last counts, so that a value
// is as old as it looks. "repair" is 1 while a repair is planned, which excuses
// silence.
var rules = []Rule{
	{
		UID: "siaga-node-silent", Severity: "warning",
		Title:   grafana.Text{ID: "Node diam", EN: "Node silent"},
		Summary: grafana.Text{ID: "Node {{ $labels.node }} tidak terdengar lebih dari 10 menit", EN: "Node {{ $labels.node }} has not been heard of for more than 10 minutes"},
		Remedy: grafana.Text{
			ID: "Periksa daya dan jaringan di desa itu. Perbaikan yang direncanakan: siaga node event add --node {{ $labels.node }}",
			EN: "Look after power and network in that village. Where a repair is planned: siaga node event add --node {{ $labels.node }}",
		},
		Query: `SELECT "online" + "repair" AS "heard" ` + perNode, Window: 3 * time.Minute,
		Limit: 1, For: 10 * time.Minute,
	},
	{
		UID: "siaga-data-gap", Severity: "warning",
		Title:   grafana.Text{ID: "Data terputus", EN: "Data gap"},
		Summary: grafana.Text{ID: "Node {{ $labels.node }} terhubung, tetapi datanya berhenti sejak {{ humanizeDuration $values.B.Value }}", EN: "Node {{ $labels.node }} is connected, but its data stopped {{ humanizeDuration $values.B.Value }} ago"},
		Remedy: grafana.Text{
			ID: "Periksa sensor dan antrean: siaga node show {{ $labels.node }}",
			EN: "Look after its sensors and queue: siaga node show {{ $labels.node }}",
		},
		Query: `SELECT "gap" * "online" * (1 - "repair") AS "gap" ` + perNode, Window: 3 * time.Minute,
		Above: true, Limit: (15 * time.Minute).Seconds(), For: 5 * time.Minute,
	},
	{
		UID: "siaga-incomplete", Severity: "warning",
		Title:   grafana.Text{ID: "Data tidak lengkap", EN: "Data incomplete"},
		Summary: grafana.Text{ID: `Dari node {{ $labels.node }} hanya {{ printf "%.0f" $values.B.Value }}% data satu jam terakhir yang tiba`, EN: `Of node {{ $labels.node }} only {{ printf "%.0f" $values.B.Value }}% of the last hour's data came in`},
		Remedy: grafana.Text{
			ID: "Di bawah 75% ISPU tidak dapat dihitung. Periksa sinyal dan sensor: siaga node show {{ $labels.node }}",
			EN: "Below 75% no ISPU can be told. Look after signal and sensors: siaga node show {{ $labels.node }}",
		},
		// A node that is silent or under repair has rules of its own.
		Query: `SELECT "completeness" + 100 * (1 - "online") + 100 * "repair" AS "completeness" ` + perNode, Window: 3 * time.Minute,
		Limit: 75, For: 30 * time.Minute,
	},
	{
		UID: "siaga-center-silent", Severity: "critical",
		Title:   grafana.Text{ID: "Pusat diam", EN: "Center silent"},
		Summary: grafana.Text{ID: "Command Center Siaga tidak menulis apa pun lebih dari 5 menit: dinding dan alarm tidak dapat dipercaya", EN: "Siaga's Command Center has written nothing for more than 5 minutes: wall and alerts cannot be relied on"},
		Remedy: grafana.Text{
			ID: "Periksa program dan InfluxDB di pusat: siaga status, siaga check",
			EN: "Look after the program and InfluxDB at the center: siaga status, siaga check",
		},
		Query:  `SELECT count("online") AS "minutes" FROM "node" WHERE $timeFilter AND "sensor" = ''`,
		Window: 5 * time.Minute, Limit: 1, For: 2 * time.Minute, Heartbeat: true,
	},
	{
		UID: "siaga-node-disk", Severity: "warning",
		Title:   grafana.Text{ID: "Penyimpanan node hampir penuh", EN: "Node's storage nearly full"},
		Summary: grafana.Text{ID: "Node {{ $labels.node }}: sisa penyimpanan {{ humanize1024 $values.B.Value }}B", EN: "Node {{ $labels.node }}: {{ humanize1024 $values.B.Value }}B of storage left"},
		Remedy: grafana.Text{
			ID: "Penuh berarti data terlama di node hilang. Periksa antrean dan kartu: siaga node show {{ $labels.node }}",
			EN: "Once it is full, the node loses its oldest data. Look after queue and card: siaga node show {{ $labels.node }}",
		},
		Query:  `SELECT last("disk_free") AS "disk_free" FROM "node" WHERE $timeFilter AND "disk_free_qc" < 4 GROUP BY "node", "sensor", "site", "district"`,
		Window: 30 * time.Minute, Limit: 500e6, For: 10 * time.Minute,
	},
	{
		UID: "siaga-quarantine-growing", Severity: "warning",
		Title:   grafana.Text{ID: "Karantina bertambah", EN: "Quarantine growing"},
		Summary: grafana.Text{ID: `Dari node {{ $labels.node }} {{ printf "%.0f" $values.B.Value }} kiriman masuk karantina dalam satu jam`, EN: `{{ printf "%.0f" $values.B.Value }} payloads of node {{ $labels.node }} went to the quarantine within an hour`},
		Remedy: grafana.Text{
			ID: "Lihat sebabnya: siaga quarantine list",
			EN: "See why: siaga quarantine list",
		},
		Query:  `SELECT last("quarantined") - first("quarantined") AS "grown" ` + perNode,
		Window: time.Hour, Above: true, Limit: 10, For: 0,
	},
}

// minutes writes a duration as Grafana reads it.
func minutes(d time.Duration) string { return strconv.Itoa(int(d.Minutes())) + "m" }
