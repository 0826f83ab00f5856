package remote

import (
	"context"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestMove has a node go to another center's address and authority: real TLS to two
// centers that stand outside the bubble of synthetic time, whose hours pass at once.
// What leads nowhere, or to a center that it does not know, it gives back by itself.
func TestMove(t *testing.T) {
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when bubbles begin
	clock := func() time.Time { return began }
	old, next := enrolmenttest.New(t, clock), enrolmenttest.New(t, clock)
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		b.write(fmt.Sprintf("data_dir: %s\npage: {listen: \"\"}\npack_interval: 10s\nsensors:\n  - {id: a-1, driver: bme280, i2c: \"1\", interval: 10s}\n", b.dir))
		identities := enrol.Open(b.dir)
		if _, err := identities.Enrol(t.Context(), old.Token("uji-01"), enrol.Options{}); err != nil {
			t.Fatal(err)
		}
		var at atomic.Pointer[string] // where it is connected
		b.meanwhile = func(ctx context.Context, l *link) {
			for ctx.Err() == nil {
				at.Store(new(string))
				id, err := identities.Load()
				if err != nil {
					t.Error(err)
				}
				for _, address := range id.Centers {
					if _, err := id.Handshake(ctx, address, nil); err == nil {
						l.Heard()
						at.Store(&address)
						break
					}
				}
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Second):
				}
			}
		}
		b.run()
		defer func() { b.stop() }()
		is := func(address string, ca *enrolmenttest.Center) {
			t.Helper()
			synctest.Wait()
			id, err := identities.Load()
			if err != nil || !slices.Equal(id.Centers, []string{address}) || len(id.Authorities) != 1 || !id.Authorities[0].Equal(ca.Authority.Cert) {
				t.Fatalf("%v, %v", id.Centers, err)
			}
		}
		ask := func(version uint64, address string, ca *enrolmenttest.Center) {
			t.Helper()
			body := packs("10s")
			body["center"] = map[string]any{
				"addresses": []any{address},
				"cas":       []any{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Authority.Cert.Raw}))},
			}
			b.desire(version, 1, body)
			is(address, ca)
		}

		for i, wrong := range []struct {
			address string
			ca      *enrolmenttest.Center
		}{{"127.0.0.1:1", next}, {next.Address(), old}, {old.Address(), next}} {
			version := uint64(2 + i)
			ask(version, wrong.address, wrong.ca)
			time.Sleep(trialTime - time.Minute)
			is(wrong.address, wrong.ca)
			if *at.Load() != "" {
				t.Fatalf("connected to %s", *at.Load())
			}
			time.Sleep(2 * time.Minute)
			is(old.Address(), old)
			if *at.Load() != old.Address() {
				t.Fatalf("it is not back: %q", *at.Load())
			}
			if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Version != 1 || r.Desired.Version != version || r.Desired.State != wire.Failed {
				t.Fatalf("%+v %+v", r.ConfigChange, r.Desired)
			}
		}

		ask(5, next.Address(), next)
		time.Sleep(trialTime + time.Minute)
		is(next.Address(), next)
		if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Version != 5 || r.Trial || r.Desired.State != wire.InForce || *at.Load() != next.Address() {
			t.Fatalf("%+v %+v, at %s", r.ConfigChange, r.Desired, *at.Load())
		}
		// Whoever has the old authority's key is nobody any more, also after a start.
		b.stop()
		b.run()
		is(next.Address(), next)
		id, err := identities.Load()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := id.Handshake(t.Context(), old.Address(), nil); err == nil {
			t.Error("the old authority is still trusted")
		}
	})
}

// TestADiskThatTakesNothing: a version that can neither be followed nor given back does
// not keep the node from reading.
func TestADiskThatTakesNothing(t *testing.T) {
	b := newBoard(t)
	ran := false
	opt := Options{File: b.file, Logger: slog.New(slog.DiscardHandler), Start: func(context.Context, edge.Config, edge.Remote) error {
		ran = true
		return nil
	}}
	f, err := opt.read()
	if err != nil {
		t.Fatal(err)
	}
	disk := newMemory()
	s, err := newStation(opt, f, b.dir, disk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.versions.TakeFile(f.body, "sari", "scan"); err != nil {
		t.Fatal(err)
	}
	if applied, err := s.versions.Desire(wire.DesiredConfig{Version: 2, Based: 1, Body: packs("20s")}, nil); err != nil || !applied {
		t.Fatal(applied, err)
	}
	if err := os.MkdirAll(filepath.Join(b.dir, "identity"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "identity", "enrolment.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	disk.cut = 0
	if again, err := s.once(t.Context(), edge.Config{}); again || err != nil || !ran {
		t.Errorf("again %v, %v, ran %v", again, err, ran)
	}
}
