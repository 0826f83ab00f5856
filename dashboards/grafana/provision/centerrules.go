package provision

import "time"

const (
	// leastDiskPct is when there is time to make room, whatever the disk's size.
	leastDiskPct = 10
	// leastDisk is when there is none, in bytes: at 64 MiB (ingest.reserve_bytes) no
	// pack is acknowledged any more, and what InfluxDB rewrites needs room before.
	leastDisk = 2e9
)

// ofCenters asks what every center writes each minute of itself; most InfluxDBs
// have one.
func ofCenters(value string) string {
	return `SELECT ` + value + ` FROM "center" WHERE $timeFilter GROUP BY "center"`
}

// centerRules tell of the center, and of what no node is told of by name.
var centerRules = []Rule{
	{
		UID: "siaga-center-silent", Severity: critical, Title: says("Pusat diam", "Center silent"),
		Summary: says("Command Center Siaga tidak menulis apa pun lebih dari 5 menit: dinding dan alarm tidak dapat dipercaya",
			"Siaga's Command Center has written nothing for more than 5 minutes: wall and alerts cannot be relied on"),
		Remedy: says("Periksa program dan InfluxDB di pusat: siaga status, siaga check", "Look after the program and InfluxDB at the center: siaga status, siaga check"),
		Query:  `SELECT count("uptime") AS "minutes" FROM "center" WHERE $timeFilter`,
		Window: 5 * time.Minute, Limit: 1, For: 2 * time.Minute, Heartbeat: true,
	},
	{
		UID: "siaga-center-disk", Severity: warning, Title: says("Disk pusat menipis", "Center's disk runs short"),
		Summary: says(`Pusat {{ $labels.center }}: sisa disk {{ printf "%.0f" $values.B.Value }}%`, `Center {{ $labels.center }}: {{ printf "%.0f" $values.B.Value }}% of the disk left`),
		Remedy: says("Tambah disk, pindahkan cadangan, atau pendekkan influx.retention. Lihat: siaga check",
			"Add a disk, move backups away, or shorten influx.retention. See: siaga check"),
		Query: ofCenters(`"disk_free_pct"`), Window: newest, Limit: leastDiskPct, For: 10 * time.Minute,
	},
	{
		UID: "siaga-center-disk-full", Severity: critical, Title: says("Disk pusat hampir penuh", "Center's disk nearly full"),
		Summary: says("Pusat {{ $labels.center }}: sisa disk {{ humanize1024 $values.B.Value }}B", "Center {{ $labels.center }}: {{ humanize1024 $values.B.Value }}B of the disk left"),
		Remedy: says("Beri ruang sekarang: bila penuh, pusat berhenti menerima data dan node menyimpannya sendiri. Lihat: siaga check",
			"Make room now: once it is full, the center takes nothing in, and nodes keep their data. See: siaga check"),
		Query: ofCenters(`"disk_free"`), Window: newest, Limit: leastDisk, For: 2 * time.Minute,
	},
	{
		UID: "siaga-quarantine-strangers", Severity: warning, Title: says("Karantina dari node tak terdaftar bertambah", "Quarantine of unregistered nodes growing"),
		Summary: says(`{{ printf "%.0f" $values.B.Value }} kiriman yang bukan dari node terdaftar masuk karantina dalam satu jam`,
			`{{ printf "%.0f" $values.B.Value }} payloads that are of no registered node went to the quarantine within an hour`),
		Remedy: says("Lihat dari siapa: siaga quarantine list. Node baru didaftarkan dengan siaga node add",
			"See of whom: siaga quarantine list. A new node is registered by siaga node add"),
		Query:  ofCenters(`last("quarantined_unregistered") - first("quarantined_unregistered") AS "grown"`),
		Window: time.Hour, Above: true, Limit: mostQuarantined,
	},
}
