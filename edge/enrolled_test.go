package edge

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
	"github.com/siaga-id/siaga/internal/wire"
)

// enrolled enrols uji-01 in a data directory.
func enrolled(t *testing.T, dir string) (*enrolmenttest.Center, *enrol.Identity) {
	t.Helper()
	center := enrolmenttest.New(t, time.Now)
	id, err := enrol.Open(dir).Enrol(t.Context(), center.Token("uji-01"), enrol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return center, id
}

func TestNodeAndSiteComeFromTheIdentity(t *testing.T) {
	cfg := Config{DataDir: t.TempDir()}
	if _, err := cfg.Enrolled(); !errors.Is(err, ErrUnnamed) {
		t.Errorf("not enrolled: %v", err)
	}
	plain := Config{DataDir: cfg.DataDir, Node: "lama-01", Site: "35.05.12.1005"}
	if got, err := plain.Enrolled(); err != nil || got.Node != "lama-01" || got.Site != "35.05.12.1005" {
		t.Errorf("not enrolled, and configured: %+v, %v", got, err)
	}
	enrolled(t, cfg.DataDir)
	if got, err := cfg.Enrolled(); err != nil || got.Node != "uji-01" || got.Site != string(enrolmenttest.Site) {
		t.Errorf("enrolled: %+v, %v", got, err)
	}
	var other *OtherNodeError
	if _, err := plain.Enrolled(); !errors.As(err, &other) {
		t.Errorf("another node: %v", err)
	}
	plain.Node = "uji-01"
	if got, err := plain.Enrolled(); err != nil || got.Site != "35.05.12.1005" {
		t.Errorf("the configuration's site: %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "identity", "enrolment.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var damage *enrol.DamageError
	if _, err := cfg.Enrolled(); !errors.As(err, &damage) {
		t.Errorf("a damaged identity that is needed: %v", err)
	}
	if got, err := plain.Enrolled(); err != nil || got.Node != "uji-01" {
		t.Errorf("a damaged identity that is not needed: %+v, %v", got, err)
	}
}

// TestConnectionTakesTheIdentity, where the configuration names no broker.
func TestConnectionTakesTheIdentity(t *testing.T) {
	cfg := testConfig(t)
	cfg.Node = "uji-01"
	a, err := New(cfg, Deps{Clock: newTestClock("boot-1", wire.Synced), Version: "test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(a.time.close(), a.closeQueue()); err != nil {
			t.Error(err)
		}
	}()
	if s, err := a.options.Server(); err != nil || len(s.URLs) != 1 || s.URLs[0] != PlainBroker {
		t.Errorf("not enrolled: %+v, %v", s, err)
	}
	if s := a.Snapshot(); s.Enrolment != nil || s.EnrolmentError != "" {
		t.Errorf("not enrolled: %+v %s", s.Enrolment, s.EnrolmentError)
	}
	center, id := enrolled(t, cfg.DataDir)
	if s, err := a.options.Server(); err != nil || s.URLs[0] != "tls://"+center.Address() || s.Trust.Certificate == nil {
		t.Errorf("enrolled: %+v, %v", s, err)
	}
	if s := a.Snapshot().Enrolment; s == nil || s.Node != "uji-01" || !s.Until.Equal(id.Until()) || s.Centers[0] != center.Address() {
		t.Errorf("enrolled: %+v", s)
	}
}

func TestEarliest(t *testing.T) {
	dir := t.TempDir()
	if got := Earliest(dir); !got.Equal(buildTime) {
		t.Errorf("nothing noted: %v", got)
	}
	m, err := openTimeMark(dir)
	if err != nil {
		t.Fatal(err)
	}
	center := buildTime.AddDate(1, 0, 0)
	m.center(center.UnixMilli())
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	if got := Earliest(dir); !got.Equal(center) {
		t.Errorf("the center's time was noted: %v", got)
	}
}
