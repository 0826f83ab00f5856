package index

import (
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
)

// Where a gauge is along its river is said as the inventory has it, and what is not
// known is not said.
func TestAppendGauge(t *testing.T) {
	const air = "pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0"
	minute := at(24)
	for _, tc := range []struct {
		name string
		set  func(x *Index, b *book)
		want []string
	}{
		{
			"its place along a river, also while it is silent",
			func(_ *Index, b *book) {
				b.sites = []registry.Site{{Code: "35.05.12.1001", River: `Kali "Brantas"`, RiverOrder: 2}}
			},
			[]string{
				air,
				`sungai-1 completeness=0,silent=1,river="Kali \"Brantas\"",river_order=2`,
			},
		},
		{
			"a river without the place along it is no order",
			func(_ *Index, b *book) { b.sites = []registry.Site{{Code: "35.05.12.1001", River: "Kali Brantas"}} },
			[]string{air, "sungai-1 completeness=0,silent=1"},
		},
		{
			"a sensor that gave levels and no longer promises any",
			func(x *Index, b *book) {
				b.nodes[0].State.Sensors[1].Quantities = []string{"distance"}
				x.gauge(sensorKey{"n1", "sungai-1"}).put(water{minute: minute.Unix()/60 - 4, m: 3})
			},
			[]string{air, "sungai-1 completeness=0"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) { wantMinute(t, minute, tc.set, tc.want) })
	}
}
