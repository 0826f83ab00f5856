package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestAppendCenter(t *testing.T) {
	for _, tc := range []struct {
		name string
		own  centerVital
		want string
	}{
		{
			"all is known",
			centerVital{
				name: "pusat", demo: true, uptime: 90*time.Second + 500*time.Millisecond,
				disk: &diskRoom{free: 1 << 30, size: 4 << 30}, spool: &spoolRoom{packs: 7, bytes: 900, limit: 8 << 30},
				quarantined: 5, unregistered: 2, nodes: 12, online: 11,
			},
			"center,center=pusat uptime=90.5,simulated=1,nodes=12,online=11,quarantined=5,quarantined_unregistered=2," +
				"disk_free=1.073741824e+09,disk_free_pct=25,spool_packs=7,spool_bytes=900,spool_limit=8.589934592e+09",
		},
		{
			"what is not known is not said",
			centerVital{name: "pusat"},
			"center,center=pusat uptime=0,simulated=0,nodes=0,online=0,quarantined=0,quarantined_unregistered=0",
		},
		{
			"a file system without a size",
			centerVital{name: "pusat", disk: &diskRoom{}},
			"center,center=pusat uptime=0,simulated=0,nodes=0,online=0,quarantined=0,quarantined_unregistered=0",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := tc.want + " 1772341200000\n"
			if diff := cmp.Diff(want, string(appendCenter(nil, &tc.own, minuteOf))); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

// What the quarantine holds of nobody in service is counted apart: no node's own
// line tells of it.
func TestCenterCountsWhatNoNodeIsToldOf(t *testing.T) {
	store := &notebook{}
	v := newVitals(t, store)
	v.says(t, "aa", state(true))
	v.says(t, "bb", state(true))
	v.says(t, "cc", state(false))
	if err := v.registry.Retire(t.Context(), registry.Actor{Name: "budi"}, "bb", "dicuri"); err != nil {
		t.Fatal(err)
	}
	var refused []registry.Refused
	for i, node := range []reading.NodeID{"aa", "bb", "zz", "zz", ""} {
		refused = append(refused, registry.Refused{Time: time.Now(), Node: node, Topic: "t", Reason: "undecodable", Payload: []byte{byte(i)}})
	}
	if err := v.registry.Quarantine(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	if err := v.write(t.Context(), minuteOf); err != nil {
		t.Fatal(err)
	}
	lines := store.lines()
	last := lines[len(lines)-1]
	for _, want := range []string{",nodes=2,", ",online=1,", ",quarantined=5,", ",quarantined_unregistered=4 "} {
		if !strings.Contains(last, want) {
			t.Errorf("want %s in %s", want, last)
		}
	}
}

// A running center says how it does itself, also while it has no nodes.
func TestCenterInInfluxDB(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Ingest.Name = "pusat-1"
	c := run(t, cfg)
	if err := c.vitals.write(t.Context(), time.Now().Truncate(time.Minute)); err != nil {
		t.Fatal(err)
	}
	found, err := c.query.Query(t.Context(), `SELECT last("uptime"), "disk_free", "disk_free_pct", "spool_packs", "spool_limit", "nodes", "simulated" FROM "center" GROUP BY "center"`)
	if err != nil || len(found) != 1 || found[0].Tags["center"] != "pusat-1" {
		t.Fatalf("%+v, %v", found, err)
	}
	row := found[0].Values[0]
	for i, column := range found[0].Columns {
		if row[i] == nil {
			t.Fatalf("%s is not said", column)
		}
	}
	free, pct, packs, limit, nodes := *row[2], *row[3], *row[4], *row[5], *row[6]
	if free <= 0 || pct <= 0 || pct > 100 || packs != 0 || nodes != 0 {
		t.Errorf("%v bytes, %v %% free, %v packs, %v nodes", free, pct, packs, nodes)
	}
	if want := metric(t, c.metrics, "siaga_ingest_spool_limit_bytes", "data"); limit != want {
		t.Errorf("the spool's limit is %v, the ingester says %v", limit, want)
	}
}
