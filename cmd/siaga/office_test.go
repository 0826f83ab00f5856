package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
)

// quietCenter is what a center's API needs besides the inventory.
type quietCenter struct{}

func (quietCenter) Query(context.Context, string) ([]api.Series, error) { return nil, nil }
func (quietCenter) Accepting() (bool, string)                           { return true, "" }
func (quietCenter) Delay() (time.Duration, time.Duration)               { return 0, 0 }

// office is a technician's desk: it runs `siaga` commands against a center's real
// API and registry.
type office struct {
	t     *testing.T
	reg   *registry.Registry
	flags []string
}

func openOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	reg, err := registry.Open(filepath.Join(dir, "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reg.Close() })
	const token = "siaga_system_SYSTEMSYSTEMSYSTEMSYSTEMSY"
	people, err := access.New(t.Context(), access.Options{Registry: reg, SystemToken: token, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ca, err := authority.Open(authority.Options{Dir: filepath.Join(dir, "ca"), Registry: reg, Names: []string{"siaga.example:8883"}, Addrs: []string{":8883"}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	server, err := api.New(api.Options{
		Registry: reg, Hub: live.New(live.Options{}), Influx: quietCenter{}, Ingest: quietCenter{}, Gatherer: prometheus.NewRegistry(), Wall: fstest.MapFS{},
		Replay: func(context.Context, registry.Entry) error { return nil },
		Access: people, Authority: ca, Version: "1.2.3", Logger: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(server.Handler())
	t.Cleanup(srv.Close)
	file := filepath.Join(dir, "admin.token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return &office{t, reg, []string{"--center", srv.URL, "--token-file", file}}
}

// does runs a command that must succeed, and say all of it.
func (o *office) does(args []string, says ...string) string {
	o.t.Helper()
	out, err := run(o.t, append(args, o.flags...)...)
	if err != nil {
		o.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	for _, want := range says {
		if !strings.Contains(out, want) {
			o.t.Errorf("%v does not say %q:\n%s", args, want, out)
		}
	}
	return out
}

// refused runs a command that must fail with these words.
func (o *office) refused(says string, args ...string) {
	o.t.Helper()
	out, err := run(o.t, append(args, o.flags...)...)
	if err == nil || !strings.Contains(err.Error(), says) {
		o.t.Errorf("%v: %v, want %q\n%s", args, err, says, out)
	}
}

func words(line string) []string { return strings.Fields(line) }
