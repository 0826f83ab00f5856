// Package provisiontest holds every alert rule to an InfluxDB, whichever it is:
// the query answers, with the labels that its texts name, and fires for who is in
// trouble and for nobody else. It must not know how rules are written into files.
package provisiontest

import (
	"fmt"
	"strings"
	"time"
)

// node is one village's node as `siaga up` writes it once a minute.
type node struct {
	name   string
	fields string
	// quarantined is after an hour; before it was 3.
	quarantined int
	diskFree    float64
}

// nodes have one trouble each. The fields are those of the center's measurement
// "node"; a node that is not heard of has none of its queue, and a new one has no
// completeness.
var nodes = []node{
	{"baru-01", "online=1,gap=0,repair=0", 3, 9e9},
	{"bolong-01", "online=1,gap=0,repair=0,completeness=40", 3, 9e9},
	{"diam-01", "online=0,gap=5400,repair=0,completeness=0", 3, 9e9},
	{"macet-01", "online=1,gap=3600,repair=0,completeness=90", 3, 9e9},
	{"penuh-01", "online=1,gap=0,repair=0,completeness=99.5", 3, 1e8},
	{"rusak-01", "online=1,gap=0,repair=0,completeness=99.5", 53, 9e9},
	{"sehat-01", "online=1,gap=0,repair=0,completeness=99.5", 3, 9e9},
	{"servis-01", "online=0,gap=5400,repair=1,completeness=0", 3, 9e9},
}

// centers are as many centers that write into one database, of which three have
// one trouble each. A large disk is not full at 9 %, a small one is not short at 60 %.
var centers = []struct {
	name    string
	diskPct float64
	disk    float64
	// strange is what is open of unregistered nodes after an hour; before it was 3.
	// What is open in all grows everywhere.
	strange int
}{
	{"pusat-kecil", 60, 1e9, 3},
	{"pusat-ramai", 60, 9e10, 53},
	{"pusat-sehat", 60, 9e10, 3},
	{"pusat-sesak", 9, 9e10, 3},
}

// firing is who each rule tells of: one node, or one center.
var firing = map[string]string{
	"siaga-node-silent":          "diam-01",
	"siaga-data-gap":             "macet-01",
	"siaga-incomplete":           "bolong-01",
	"siaga-node-disk":            "penuh-01",
	"siaga-quarantine-growing":   "rusak-01",
	"siaga-center-disk":          "pusat-sesak",
	"siaga-center-disk-full":     "pusat-kecil",
	"siaga-quarantine-strangers": "pusat-ramai",
}

// hour is line protocol of the last hour, with times in milliseconds.
func hour(now time.Time) string {
	var b strings.Builder
	for _, n := range nodes {
		tags := fmt.Sprintf("district=35.05.12,node=%s", n.name)
		const site = ",site=35.05.12.1001"
		for ago := 59; ago >= 0; ago-- {
			at := now.Truncate(time.Minute).Add(-time.Duration(ago) * time.Minute).UnixMilli()
			quarantined := 3
			if ago < 30 {
				quarantined = n.quarantined
			}
			fmt.Fprintf(&b, "node,%s%s %s,quarantined=%d,simulated=0,health=3 %d\n", tags, site, n.fields, quarantined, at)
			fmt.Fprintf(&b, "node,%s,sensor=pm-1%s health=3 %d\n", tags, site, at)
			fmt.Fprintf(&b, "node,%s,sensor=papan%s disk_free=%g,disk_free_qc=1i %d\n", tags, site, n.diskFree, at)
		}
	}
	for _, c := range centers {
		for ago := 59; ago >= 0; ago-- {
			strange := 3
			if ago < 30 {
				strange = c.strange
			}
			fmt.Fprintf(&b, "center,center=%s uptime=%d,disk_free=%g,disk_free_pct=%g,quarantined=%d,quarantined_unregistered=%d %d\n",
				c.name, 60*(60-ago), c.disk, c.diskPct, 10*(60-ago)+strange, strange, now.Truncate(time.Minute).Add(-time.Duration(ago)*time.Minute).UnixMilli())
		}
	}
	return b.String()
}
