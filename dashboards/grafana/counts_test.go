package grafana_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/gateway/tsdb"
)

// TestCountsOfWhatShouldBeNone: they count what they say; where none is so they find
// a 0, and where nothing was written they find nothing, so that a center that is
// silent does not look well.
func TestCountsOfWhatShouldBeNone(t *testing.T) {
	engine, err := tsdb.Open(tsdb.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	counts := map[string]string{}
	ask := func(want map[string]string) {
		t.Helper()
		for _, q := range grafana.Queries() {
			title, ok := q.Counts()
			if !ok {
				continue
			}
			got := ""
			for _, s := range grafana.Ask(t, engine.URL(), q.InfluxQL, q.Since()) {
				got += fmt.Sprint(s.Values[0][1])
			}
			if got != want[title] {
				t.Errorf("%s: %q, want %q", title, got, want[title])
			}
			counts[title] = got
		}
	}
	ask(nil)
	tags := "district=35.05.99,node=baik-01,sensor=s,site=35.05.99.0001"
	at := time.Now().UnixMilli()
	grafana.Write(t, engine.URL(), fmt.Sprintf("index,%[1]s withheld=0,rank=0,silent=0,invented=0 %[2]d\nnode,%[1]s health=3 %[2]d\nnode,node=baik-01 clock=2 %[2]d\n", tags, at))
	ask(map[string]string{
		"ISPU ditahan (sensor)": "0", "Di atas normal (pengukur)": "0", "Diam (pengukur)": "0",
		"Tingkat karangan (pengukur)": "0", "Sensor rusak": "0", "Jam tidak tepat": "0",
	})
	grafana.Seed(t, engine.URL(), time.Now())
	ask(map[string]string{
		"ISPU ditahan (sensor)": "1", "Di atas normal (pengukur)": "3", "Diam (pengukur)": "1",
		// All have levels but one, and of one they are decreed; one is silent.
		"Tingkat karangan (pengukur)": "9", "Sensor rusak": "12", "Jam tidak tepat": "1",
	})
	if len(counts) != 6 {
		t.Errorf("counted %v", counts)
	}
}
