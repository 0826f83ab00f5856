package broker

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	b, _ := start(t, Options{Metrics: reg})
	c := connect(t, b, "n1", nil)
	in := subscribe(t, c, "siaga/v1/n1/ack", 0)
	wait(t, c.Publish("siaga/v1/n1/ack", 0, false, "not a node's to say"))
	wait(t, c.Publish("siaga/v1/n1/live", 1, false, "pack"))
	if err := b.Publish("siaga/v1/n1/ack", []byte("ack"), false, 0); err != nil {
		t.Fatal(err)
	}
	<-in
	page := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	said := strings.Split(page.Body.String(), "\n")
	for _, want := range []string{
		"siaga_broker_clients 1", "siaga_broker_subscriptions 1", "siaga_broker_messages_received_total 1",
		`siaga_broker_refused_total{reason="publish"} 1`, `siaga_broker_refused_total{reason="subscribe"} 0`, "siaga_broker_dropped_total 0", "siaga_broker_hung_up_total 0",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("no line %s in\n%s", want, page.Body)
		}
	}
	if _, err := New(Options{Addr: "127.0.0.1:0", Metrics: reg}); err == nil {
		t.Error("two brokers in one registry")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if families, err := reg.Gather(); err != nil || len(families) > 0 {
		t.Errorf("%d metrics left after Close, %v", len(families), err)
	}
}
