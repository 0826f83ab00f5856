package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental/datasourcetest"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/siaga-id/siaga/internal/reading"
)

// script is a center's event stream.
type script struct {
	mu     sync.Mutex
	conns  map[chan string]struct{}
	latest map[seriesKey]latestReading
	down   bool
	opened int // connections ever
	most   int // at once
}

func newScript() *script {
	return &script{conns: map[chan string]struct{}{}, latest: map[seriesKey]latestReading{}}
}

func event(name string, all ...latestReading) string {
	body, _ := json.Marshal(map[string]any{"readings": all})
	return "event: " + name + "\ndata: " + string(body) + "\n\n"
}

func (sc *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sc.mu.Lock()
	if sc.down {
		sc.mu.Unlock()
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	var all []latestReading
	for _, l := range sc.latest {
		all = append(all, l)
	}
	ch := make(chan string, 1024)
	sc.conns[ch] = struct{}{}
	sc.opened++
	sc.most = max(sc.most, len(sc.conns))
	sc.mu.Unlock()
	defer func() {
		sc.mu.Lock()
		delete(sc.conns, ch)
		sc.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(s string) {
		io.WriteString(w, s) //nolint:errcheck // who is gone is gone
		w.(http.Flusher).Flush()
	}
	send("retry: 2000\n\nevent: nodes\ndata: {}\n\n" + event("latest", all...))
	for {
		select {
		case <-r.Context().Done():
			return
		case s, ok := <-ch:
			if !ok {
				return
			}
			send(s)
		}
	}
}

// tell sends readings, as the hub does: the last of each series.
func (sc *script) tell(all ...latestReading) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, l := range all {
		q, _ := reading.Lookup(l.Quantity)
		sc.latest[seriesKey{l.Node, l.Sensor, q}] = l
	}
	for ch := range sc.conns {
		select {
		case ch <- event("readings", all...):
		default:
		}
	}
}

// restart cuts all connections, and lets nobody in until it is called with false.
func (sc *script) restart(down bool) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.down = down
	if down {
		for ch := range sc.conns {
			close(ch)
			delete(sc.conns, ch)
		}
	}
}

func (sc *script) count() (open, opened, most int) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return len(sc.conns), sc.opened, sc.most
}

// serve runs the data source behind the SDK's gRPC server.
func serve(t *testing.T, factory func() *Source) (datasourcetest.TestPlugin, pluginv2.StreamClient) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	p, err := datasourcetest.Manage(func(context.Context, backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
		return factory(), nil
	},
		datasourcetest.ManageOpts{Address: addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return p, pluginv2.NewStreamClient(conn)
}

// join appends a packet's rows, as a browser does.
func join(seed *data.Frame, packet []byte) error {
	if !bytes.Contains(packet, []byte(`"schema"`)) {
		return data.AppendJSONData(seed, packet)
	}
	var f data.Frame
	if err := json.Unmarshal(packet, &f); err != nil {
		return err
	}
	if len(f.Fields) != len(seed.Fields) {
		return fmt.Errorf("%d columns", len(f.Fields))
	}
	for i, field := range f.Fields {
		if field.Name != seed.Fields[i].Name || field.Type() != seed.Fields[i].Type() || field.Labels.String() != seed.Fields[i].Labels.String() {
			return fmt.Errorf("column %s %v %v", field.Name, field.Type(), field.Labels)
		}
		seed.Fields[i].AppendAll(field)
	}
	return nil
}

// followed is how many rows there are since a packet.
type followed struct {
	rows int
	err  error
}

// follow runs a live channel until ctx ends, and adds its rows to seed as a browser
// does. Until the channel is closed seed is its own.
func follow(ctx context.Context, c pluginv2.StreamClient, pc backend.PluginContext, path string, seed *data.Frame) <-chan followed {
	out := make(chan followed, 4096)
	go func() {
		defer close(out)
		stream, err := c.RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: backend.ToProto().PluginContext(pc), Path: path})
		first := true
		for err == nil {
			var packet *pluginv2.StreamPacket
			if packet, err = stream.Recv(); err != nil {
				break
			}
			if first != bytes.Contains(packet.Data, []byte(`"schema"`)) {
				out <- followed{err: fmt.Errorf("packet %s, first: %v", packet.Data, first)}
			}
			first = false
			if bad := join(seed, packet.Data); bad != nil {
				out <- followed{err: bad}
				return
			}
			out <- followed{rows: seed.Rows()}
		}
		if ctx.Err() == nil {
			out <- followed{err: err}
		}
	}()
	return out
}

// counted is what Grafana would be told of a counter.
func counted(t *testing.T, name string) float64 {
	t.Helper()
	all, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatal("there is no ", name)
	return 0
}

// sink is a Grafana that takes packets when it is let.
type sink struct {
	let  chan struct{} // closed: always
	got  chan json.RawMessage
	fail error
}

func (k *sink) Send(p *backend.StreamPacket) error {
	<-k.let
	if k.fail != nil {
		return k.fail
	}
	k.got <- p.Data
	return nil
}

func (s *Source) run(ctx context.Context, path string, k *sink) error {
	return s.RunStream(ctx, &backend.RunStreamRequest{Path: path}, backend.NewStreamSender(k))
}
