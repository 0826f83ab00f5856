package api

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/internal/reading"
)

// stored is asked, with readings of some quantities.
type stored struct {
	asked
	of     []reading.Quantity
	broken error
}

func (s *stored) Quantities(context.Context) ([]reading.Quantity, error) { return s.of, s.broken }

func TestLoadLatest(t *testing.T) {
	at, value, one, flag := float64(noon.UnixMilli()), 12.5, 1.0, 3.0
	tags := func(node, sensor string) map[string]string { return map[string]string{"node": node, "sensor": sensor} }
	from := &stored{of: []reading.Quantity{reading.PM1, reading.PM1.Corrected()}}
	from.answer = []Series{
		{Tags: tags("aa", "pm-1"), Values: [][]*float64{{&at, &value, &flag}}},
		{Tags: tags("aa", "pm-2"), Values: [][]*float64{{&at, &one, nil}}},
		{Tags: tags("aa", "pm-3"), Values: [][]*float64{{&at, nil, nil}}},
		{Tags: tags("", "pm-1"), Values: [][]*float64{{&at, &one, &flag}}},
	}
	got, err := LoadLatest(t.Context(), from, func(n reading.NodeID) bool { return n == "aa" })
	if err != nil {
		t.Fatal(err)
	}
	var want []live.Reading
	for _, q := range from.of {
		want = append(want,
			live.Reading{Node: "aa", Sim: true, Reading: reading.Reading{Sensor: "pm-1", Quantity: q, TimeMS: noon.UnixMilli(), Value: 12.5, Quality: reading.Suspect}},
			live.Reading{Node: "aa", Sim: true, Reading: reading.Reading{Sensor: "pm-2", Quantity: q, TimeMS: noon.UnixMilli(), Value: 1, Quality: reading.NotEvaluated}})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	// Nothing is asked of what nobody stored.
	if queries := []string{
		`SELECT last("pm1") AS "value", "pm1_qc" AS "qc" FROM "air" WHERE time > now() - 30d GROUP BY "node", "sensor"`,
		`SELECT last("pm1_cor") AS "value", "pm1_cor_qc" AS "qc" FROM "air" WHERE time > now() - 30d GROUP BY "node", "sensor"`,
	}; !slices.Equal(from.queries, queries) {
		t.Errorf("asked %q", from.queries)
	}
}

func TestLoadLatestFails(t *testing.T) {
	down := errors.New("connection refused")
	for name, from := range map[string]*stored{
		"quantities": {broken: down},
		"readings":   {of: []reading.Quantity{reading.PM1}, asked: asked{err: down}},
	} {
		if _, err := LoadLatest(t.Context(), from, nil); !errors.Is(err, down) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
