package provision

import "time"

// nodeRules tell of one node by name. "repair" is 1 while a repair is planned, which
// excuses silence.
var nodeRules = []Rule{
	{
		UID: "siaga-node-silent", Severity: warning, Title: says("Node diam", "Node silent"),
		Summary: says("Node {{ $labels.node }} tidak terdengar lebih dari 10 menit", "Node {{ $labels.node }} has not been heard of for more than 10 minutes"),
		Remedy: says("Periksa daya dan jaringan di desa itu. Perbaikan yang direncanakan: siaga node event add --node {{ $labels.node }}",
			"Look after power and network in that village. Where a repair is planned: siaga node event add --node {{ $labels.node }}"),
		Query: ofNodes(`"online" + "repair" AS "heard"`), Window: newest, Limit: 1, For: 10 * time.Minute,
	},
	{
		UID: "siaga-data-gap", Severity: warning, Title: says("Data terputus", "Data gap"),
		Summary: says("Node {{ $labels.node }} terhubung, tetapi datanya berhenti sejak {{ humanizeDuration $values.B.Value }}",
			"Node {{ $labels.node }} is connected, but its data stopped {{ humanizeDuration $values.B.Value }} ago"),
		Remedy: says("Periksa sensor dan antrean: siaga node show {{ $labels.node }}", "Look after its sensors and queue: siaga node show {{ $labels.node }}"),
		Query:  ofNodes(`"gap" * "online" * (1 - "repair") AS "gap"`), Window: newest, Above: true, Limit: (15 * time.Minute).Seconds(), For: 5 * time.Minute,
	},
	{
		UID: "siaga-incomplete", Severity: warning, Title: says("Data tidak lengkap", "Data incomplete"),
		Summary: says(`Dari node {{ $labels.node }} hanya {{ printf "%.0f" $values.B.Value }}% data satu jam terakhir yang tiba`,
			`Of node {{ $labels.node }} only {{ printf "%.0f" $values.B.Value }}% of the last hour's data came in`),
		Remedy: says("Di bawah 75% ISPU tidak dapat dihitung. Periksa sinyal dan sensor: siaga node show {{ $labels.node }}",
			"Below 75% no ISPU can be told. Look after signal and sensors: siaga node show {{ $labels.node }}"),
		// A node that is silent or under repair has rules of its own.
		Query: ofNodes(`"completeness" + 100 * (1 - "online") + 100 * "repair" AS "completeness"`), Window: newest, Limit: 75, For: 30 * time.Minute,
	},
	{
		UID: "siaga-node-disk", Severity: warning, Title: says("Penyimpanan node hampir penuh", "Node's storage nearly full"),
		Summary: says("Node {{ $labels.node }}: sisa penyimpanan {{ humanize1024 $values.B.Value }}B", "Node {{ $labels.node }}: {{ humanize1024 $values.B.Value }}B of storage left"),
		Remedy: says("Penuh berarti data terlama di node hilang. Periksa antrean dan kartu: siaga node show {{ $labels.node }}",
			"Once it is full, the node loses its oldest data. Look after queue and card: siaga node show {{ $labels.node }}"),
		// The node itself sends it, and seldom.
		Query:  `SELECT last("disk_free") AS "disk_free" FROM "node" WHERE $timeFilter AND "disk_free_qc" < 4 GROUP BY "node", "sensor", "site", "district"`,
		Window: 30 * time.Minute, Limit: 500e6, For: 10 * time.Minute,
	},
	{
		UID: "siaga-quarantine-growing", Severity: warning, Title: says("Karantina bertambah", "Quarantine growing"),
		Summary: says(`Dari node {{ $labels.node }} {{ printf "%.0f" $values.B.Value }} kiriman masuk karantina dalam satu jam`,
			`{{ printf "%.0f" $values.B.Value }} payloads of node {{ $labels.node }} went to the quarantine within an hour`),
		Remedy: says("Lihat sebabnya: siaga quarantine list", "See why: siaga quarantine list"),
		Query:  ofNodes(`last("quarantined") - first("quarantined") AS "grown"`), Window: time.Hour, Above: true, Limit: mostQuarantined,
	},
}

// mostQuarantined is how many payloads of an hour are no reason to look: a card that
// was cloned or a board that was mended makes a few.
const mostQuarantined = 10
