package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/siaga-id/siaga/dashboards/datasource/pkg/plugin"
)

// patience ends a wait that would never end; no test depends on it.
const patience = 2 * time.Minute

// TestShippedBinary builds the backend as it is shipped and asks it as Grafana does.
func TestShippedBinary(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "gpx_siaga_commandcenter_datasource")
	build := exec.Command("go", "build", "-trimpath", "-tags=arrow_json_stdlib", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	about, err := os.ReadFile("../src/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var named struct{ ID string }
	if err := json.Unmarshal(about, &named); err != nil || named.ID != plugin.ID {
		t.Fatalf("plugin.json names %q: %v", named.ID, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plugin.json"), about, 0o644); err != nil {
		t.Fatal(err)
	}
	center := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/nodes":
			fmt.Fprint(w, `{"nodes":[{"id":"sutojayan-01","sensors":[{"id":"pm-1","interval_s":2}]}]}`)
		case "/api/v1/live":
			fmt.Fprint(w, "event: latest\ndata: {\"readings\":[{\"node\":\"sutojayan-01\",\"sensor\":\"pm-1\",\"quantity\":\"pm2_5\",\"value\":12.5,\"time\":\"2026-03-01T05:00:00.000Z\",\"quality\":\"good\"}]}\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	}))
	defer center.Close()

	conn := start(t, dir, binary)
	kept, err := json.Marshal(map[string]string{"url": center.URL})
	if err != nil {
		t.Fatal(err)
	}
	pc := backend.ToProto().PluginContext(backend.PluginContext{
		OrgID: 1, PluginID: plugin.ID, User: &backend.User{Role: "Viewer"},
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{ID: 1, UID: "siaga", JSONData: kept, Updated: time.Now()},
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	wait := grpc.WaitForReady(true)

	health, err := pluginv2.NewDiagnosticsClient(conn).CheckHealth(ctx, &pluginv2.CheckHealthRequest{PluginContext: pc}, wait)
	if err != nil || health.Status != pluginv2.CheckHealthResponse_ERROR || !strings.Contains(health.Message, "not a Siaga center") {
		t.Errorf("health: %v, %v", health, err)
	}
	asked, err := pluginv2.NewDataClient(conn).QueryData(ctx, &pluginv2.QueryDataRequest{PluginContext: pc, Queries: []*pluginv2.DataQuery{{
		RefId: "A", Json: []byte(`{"queryType":"nodes"}`), TimeRange: &pluginv2.TimeRange{FromEpochMS: 1, ToEpochMS: 2},
	}}})
	if err != nil || asked.Responses["A"].GetError() != "" || len(asked.Responses["A"].GetFrames()) != 1 {
		t.Errorf("query: %v, %v", asked, err)
	}
	listing, err := pluginv2.NewResourceClient(conn).CallResource(ctx, &pluginv2.CallResourceRequest{PluginContext: pc, Method: "GET", Path: "variables/sensors", Url: "variables/sensors"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := listing.Recv()
	if err != nil || strings.TrimSpace(string(list.Body)) != `[{"text":"pm-1","value":"pm-1"}]` {
		t.Errorf("resource: %v, %v", list, err)
	}
	rows, err := pluginv2.NewStreamClient(conn).RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: pc, Path: "readings/pm2_5/sutojayan-01/pm-1"})
	if err != nil {
		t.Fatal(err)
	}
	for told := ""; !strings.Contains(told, "12.5"); {
		packet, err := rows.Recv()
		if err != nil {
			t.Fatal(err)
		}
		told = string(packet.Data)
	}
	metrics, err := pluginv2.NewDiagnosticsClient(conn).CollectMetrics(ctx, &pluginv2.CollectMetricsRequest{PluginContext: pc})
	if err != nil || !strings.Contains(string(metrics.GetMetrics().GetPrometheus()), "siaga_datasource_live_channels 1") {
		t.Errorf("metrics: %v", err)
	}
}

// start runs the binary as a server by itself, and ends it with the test.
func start(t *testing.T, dir, binary string) *grpc.ClientConn {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	cmd := exec.Command(binary, "-standalone")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GF_PLUGIN_GRPC_ADDRESS_"+strings.ToUpper(strings.ReplaceAll(plugin.ID, "-", "_"))+"="+addr)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("it does not end")
			cmd.Process.Kill() //nolint:errcheck // it may have ended meanwhile
		}
	})
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
