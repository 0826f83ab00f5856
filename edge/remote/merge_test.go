package remote

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/wire"
)

func TestMerge(t *testing.T) {
	sensor := func(id, interval string) any { return map[string]any{"id": id, "interval": interval} }
	for name, tc := range map[string]struct{ was, is, onto, want wire.ConfigBody }{
		"nothing changed": {
			wire.ConfigBody{"pack_interval": "10s"},
			wire.ConfigBody{"pack_interval": "10s"},
			wire.ConfigBody{"pack_interval": "30s"},
			wire.ConfigBody{"pack_interval": "30s"},
		},
		"a key taken out": {
			wire.ConfigBody{"pack_interval": "10s"},
			wire.ConfigBody{},
			wire.ConfigBody{"pack_interval": "30s"},
			wire.ConfigBody{},
		},
		"one key of a section": {
			wire.ConfigBody{"send": map[string]any{"profile": "lan", "window": 1.0}},
			wire.ConfigBody{"send": map[string]any{"profile": "cellular", "window": 1.0}},
			wire.ConfigBody{"send": map[string]any{"profile": "lan", "window": 9.0}},
			wire.ConfigBody{"send": map[string]any{"profile": "cellular", "window": 9.0}},
		},
		"a whole section": {
			wire.ConfigBody{},
			wire.ConfigBody{"send": map[string]any{"profile": "cellular"}},
			nil,
			wire.ConfigBody{"send": map[string]any{"profile": "cellular"}},
		},
		"sensors": {
			wire.ConfigBody{"sensors": []any{sensor("a-1", "1s"), sensor("b-1", "1s"), sensor("c-1", "1s")}},
			wire.ConfigBody{"sensors": []any{sensor("a-1", "2s"), sensor("c-1", "1s"), sensor("d-1", "1s")}},
			wire.ConfigBody{"sensors": []any{sensor("x-1", "1s"), sensor("c-1", "9s"), sensor("b-1", "1s"), sensor("a-1", "1s")}},
			wire.ConfigBody{"sensors": []any{sensor("x-1", "1s"), sensor("c-1", "9s"), sensor("a-1", "2s"), sensor("d-1", "1s")}},
		},
	} {
		if diff := gocmp.Diff(tc.want, merge(tc.was, tc.is, tc.onto)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
