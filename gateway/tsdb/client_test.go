package tsdb

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	httpapi "github.com/influxdata/influxdb-client-go/v2/api/http"
)

// TestClient writes as the ingester does: with InfluxDB's own client, blocking.
func TestClient(t *testing.T) {
	e := open(t, Options{})
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	opt := influxdb2.DefaultOptions().
		SetPrecision(time.Millisecond).
		SetUseGZip(true).
		SetHTTPClient(&http.Client{Transport: tr})
	c := influxdb2.NewClientWithOptions(e.URL(), "", opt)
	defer c.Close()
	ctx := context.Background()

	if ok, err := c.Ping(ctx); !ok || err != nil {
		t.Errorf("ping: %v %v", ok, err)
	}
	if h, err := c.Health(ctx); err != nil || h.Status != "pass" || *h.Version != Version {
		t.Errorf("health: %+v %v", h, err)
	}
	w := c.WriteAPIBlocking("", DefaultDatabase)
	if err := w.WriteRecord(ctx, "air,node=n1 pm2_5=1.5 1700000000000", "air,node=n1 pm2_5=2.5 1700000001000"); err != nil {
		t.Fatal(err)
	}
	want := `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000000000,1.5],[1700000001000,2.5]]}]}]}`
	if got := ask(t, e, "SELECT pm2_5 FROM air"); got != want {
		t.Errorf("%s, want %s", got, want)
	}

	for _, tt := range []struct {
		name, bucket, line string
		code               int
	}{
		{"type conflict", DefaultDatabase, "air,node=n1 pm2_5=1i 1700000002000", http.StatusBadRequest},
		{"not line protocol", DefaultDatabase, "air", http.StatusBadRequest},
		{"unknown bucket", "nowhere", "air pm2_5=1 1700000000000", http.StatusNotFound},
	} {
		err := c.WriteAPIBlocking("", tt.bucket).WriteRecord(ctx, tt.line)
		var he *httpapi.Error
		if !errors.As(err, &he) || he.StatusCode != tt.code || he.Message == "" {
			t.Errorf("%s: %#v, want status %d with a message", tt.name, err, tt.code)
		}
	}
}
