package grafana

// ofCenter is what every center wrote last of itself, for an outer query to select
// from; most InfluxDBs have one.
func ofCenter(field string, others ...string) string {
	return point("center", "", `"center"`, field, others)
}

// diskSteps are those of the alert rules on the center's disk.
var diskSteps = []Step{{0, noValueColor}, {0, alarm}, {10, watch}, {20, fine}}

// centerTiles are how the center itself does: the room on its disk, and what waits
// there for InfluxDB.
func centerTiles(at Place) Panel {
	return figures(Text{"Pusat", "Center"}, Text{
		"Sisa disk data pusat, dan paket yang menunggu InfluxDB di sana. Tidak ada data: pusat tidak menulis apa pun, dan dinding ini tidak berlaku",
		"Room left on the disk of the center's data, and packs that wait for InfluxDB there. No data: the center writes nothing, and this wall does not hold",
	}, at,
		series(same("$col"), `SELECT min("disk_free_pct") AS "disk", sum("spool_packs") AS "menunggu" FROM %s`, ofCenter("uptime", "disk_free_pct", "spool_packs")),
		Field{Unit: same("none"), Steps: []Step{{0, noValueColor}, {0, fine}, {1000, watch}}},
		named("disk", Text{"sisa disk", "disk left"}, Property{"unit", same("percent")}, Property{"thresholds", thresholds(diskSteps)}),
		named("menunggu", Text{"paket menunggu", "packs waiting"}))
}

// quarantineTiles are all payloads that were refused and are open, and those of them
// that no node in service is told of.
func quarantineTiles(at Place) Panel {
	return figures(Text{"Karantina (kiriman)", "Quarantine (payloads)"}, Text{
		"Kiriman yang ditolak dan belum ditangani: semuanya, dan yang bukan dari node terdaftar (tidak dikenal, sudah dipensiunkan, atau tanpa nama)",
		"Payloads refused and still open: all, and those that are not of a registered node (unknown, retired, or none named)",
	}, at,
		series(same("$col"), `SELECT sum("quarantined") AS "semua", sum("quarantined_unregistered") AS "asing" FROM %s`, ofCenter("quarantined", "quarantined_unregistered")),
		Field{Unit: same("none"), Steps: []Step{{0, noValueColor}, {0, fine}, {1, watch}}},
		named("semua", Text{"semua", "all"}), named("asing", Text{"tak terdaftar", "unregistered"}))
}
