package ingest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/siaga-id/siaga/ingest/influx"
)

// TestIntoRealInfluxDB sends packs twice through everything into a real server,
// and counts what it holds.
func TestIntoRealInfluxDB(t *testing.T) {
	target := os.Getenv("SIAGA_TEST_INFLUX_URL")
	if target == "" {
		t.Skip("SIAGA_TEST_INFLUX_URL is not set: go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10, " +
			"start influxd, CREATE DATABASE siaga_test, and set it to http://127.0.0.1:8086")
	}
	client, err := influx.New(influx.Config{URL: target, Database: "siaga_test"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	now := time.Now()
	epoch := fmt.Sprintf("e%d", now.UnixNano())
	r := newRig(t)
	r.deps.Store, r.deps.Now = client, time.Now
	r.start(t)
	const packs = 50
	for range 2 {
		for seq := uint64(1); seq <= packs; seq++ {
			p := pack(seq)
			for i := range p.Readings {
				p.Readings[i].TimeMS = now.UnixMilli() - int64(seq)
			}
			p.Epoch = epoch
			p.Readings[0].Value = 2000 + float64(seq) // flagged, not refused
			r.send(t, "n1", encode(t, p))
		}
		until(t, "delivered", func() bool {
			n := 0
			for _, s := range r.registry.ranges() {
				n += int(s.To - s.From + 1)
			}
			return n >= packs && r.Status().WaitingPacks == 0
		})
	}
	if e := r.registry.entries(); len(e) != 0 {
		t.Errorf("quarantine: %+v", e)
	}
	q := url.Values{
		"db": {"siaga_test"},
		"q": {fmt.Sprintf("SELECT count(pm1), count(pm10_qc), max(pm1_qc), min(pm1_qc) FROM air WHERE node='n1' AND sensor='pm-1' AND site='35.05.12.1001' AND district='35.05.12' AND time > %dms AND time < %dms",
			now.UnixMilli()-packs-1, now.UnixMilli())},
	}
	resp, err := http.Get(target + "/query?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	var said struct {
		Results []struct {
			Series []struct{ Values [][]any }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if len(said.Results) != 1 || len(said.Results[0].Series) != 1 {
		t.Fatalf("%+v", said)
	}
	for i, want := range []float64{packs, packs, 3, 3} {
		if got := said.Results[0].Series[0].Values[0][i+1]; got != want {
			t.Errorf("column %d is %v, want %v", i+1, got, want)
		}
	}
}
