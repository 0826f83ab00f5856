package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// enrolled returns a well node with an identity whose center has the addresses.
func enrolled(t *testing.T, change func(*enrolmenttest.Center)) (Deps, *enrol.Identity) {
	t.Helper()
	center := enrolmenttest.New(t, time.Now)
	token := center.Token("sutojayan-01")
	if change != nil {
		center.Do(func() { change(center) })
	}
	id, err := enrol.Open(t.TempDir()).Enrol(t.Context(), token, enrol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := well()
	d.Config.MQTT.URL = ""
	d.Now = time.Now
	d.Identity = func() (*enrol.Identity, error) { return id, nil }
	d.Handshake = func(ctx context.Context, id *enrol.Identity, address string) (tls.ConnectionState, error) {
		return id.Knock(ctx, address, nil)
	}
	d.Broker = func(context.Context, string) error { return errors.New("a broker that takes only the agent was asked") }
	return d, id
}

func TestEnrolment(t *testing.T) {
	d, id := enrolled(t, nil)
	r := Run(t.Context(), d, explain.EN, nil)
	l := of(r, "enrolment")
	if len(l) != 2 || l[0].Status != OK || l[1].Status != OK {
		t.Fatalf("%+v", l)
	}
	for _, want := range []string{"enrolled as sutojayan-01", "until " + id.Until().Format(time.DateOnly), "renewed by itself from " + id.Due().Format(time.DateOnly), id.Centers[0]} {
		if !strings.Contains(l[0].Text, want) {
			t.Errorf("%q is not in %q", want, l[0].Text)
		}
	}
	if !strings.Contains(l[1].Text, "TLS 1.3, the center is known, its certificate is valid until") {
		t.Error(l[1].Text)
	}
	if l := of(r, "broker"); l[0].Status != OK {
		t.Errorf("%+v", l)
	}
}

func TestEnrolmentIll(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*testing.T, *Deps, *enrol.Identity)
		status Status
		text   string
		remedy string
	}{
		"none": {func(_ *testing.T, d *Deps, _ *enrol.Identity) {
			d.Identity = func() (*enrol.Identity, error) { return nil, enrol.ErrNone }
			d.Broker = func(context.Context, string) error { return nil }
		}, Warning, "belum terdaftar", "siaga-edge enroll TOKEN"},
		"none, by choice": {func(_ *testing.T, d *Deps, _ *enrol.Identity) {
			d.Config.MQTT.URL = "tcp://10.0.0.5:1883"
			d.Identity = func() (*enrol.Identity, error) { return nil, enrol.ErrNone }
		}, OK, "tcp://10.0.0.5:1883", ""},
		"not this user's": {func(_ *testing.T, d *Deps, _ *enrol.Identity) {
			d.Identity = func() (*enrol.Identity, error) { return nil, fs.ErrPermission }
		}, Unknown, "sudo", ""},
		"damaged": {func(_ *testing.T, d *Deps, _ *enrol.Identity) {
			d.Identity = func() (*enrol.Identity, error) { return nil, &enrol.DamageError{Err: errors.New("x")} }
		}, Failure, "damaged", "token baru"},
		"late": {func(_ *testing.T, d *Deps, id *enrol.Identity) {
			d.Now = func() time.Time { return id.Due().Add(8 * 24 * time.Hour) }
		}, Warning, "belum juga diperbarui", "jalan ke pusat"},
		"ended": {func(_ *testing.T, d *Deps, id *enrol.Identity) {
			d.Now = func() time.Time { return id.Until().Add(time.Hour) }
		}, Failure, "SUDAH BERAKHIR", "jalan ke pusat"},
		"ended long ago": {func(_ *testing.T, d *Deps, id *enrol.Identity) {
			d.Now = func() time.Time { return id.Until().Add(366 * 24 * time.Hour) }
		}, Failure, "setahun", "token baru"},
	} {
		t.Run(name, func(t *testing.T) {
			d, id := enrolled(t, nil)
			tc.change(t, &d, id)
			l := of(Run(t.Context(), d, explain.ID, nil), "enrolment")[0]
			if l.Status != tc.status || !strings.Contains(l.Text, tc.text) || !strings.Contains(l.Remedy, tc.remedy) {
				t.Errorf("%+v", l)
			}
		})
	}
}

// TestAddresses: one that leads nowhere is a warning while another leads to the
// center.
func TestAddresses(t *testing.T) {
	for name, tc := range map[string]struct {
		centers func(own string) []string
		want    []Status
	}{
		"one of two": {func(own string) []string { return []string{"127.0.0.1:1", own} }, []Status{OK, Warning, OK}},
		"none":       {func(string) []string { return []string{"127.0.0.1:1"} }, []Status{OK, Failure}},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := enrolled(t, func(c *enrolmenttest.Center) { c.Centers = tc.centers(c.Address()) })
			lines := of(Run(t.Context(), d, explain.EN, nil), "enrolment")
			for i, l := range lines {
				if l.Status != tc.want[i] || l.Status != OK && !strings.Contains(l.Text, "nobody answers at that port") {
					t.Errorf("line %d: %+v", i, l)
				}
			}
			if len(lines) != len(tc.want) {
				t.Errorf("%+v", lines)
			}
		})
	}
}

func TestCenterWhoseCertificateEndsSoon(t *testing.T) {
	d, id := enrolled(t, nil)
	now := time.Now().AddDate(0, 0, 80)
	d.Now = func() time.Time { return now }
	if l := (&exam{Deps: d, Lang: explain.ID}).address(t.Context(), id, id.Centers[0]); l.Status != Warning || !strings.Contains(l.Remedy, "sertifikat pusat") {
		t.Errorf("%+v", l)
	}
}

func TestBrokerOfAnEnrolledNode(t *testing.T) {
	d, _ := enrolled(t, nil)
	said := edge.Snapshot{Broker: edge.BrokerSnapshot{URL: "tls://10.0.0.5:8883", LastError: "connect to broker: " + syscall.ECONNREFUSED.Error()}}
	d.Agent = func(context.Context) (edge.Snapshot, error) { return said, nil }
	if l := of(Run(t.Context(), d, explain.ID, nil), "broker")[0]; l.Status != Failure || !strings.Contains(l.Text, "tls://10.0.0.5:8883: connect") {
		t.Errorf("%+v", l)
	}
	d.Agent = func(context.Context) (edge.Snapshot, error) { return said, local.ErrNotRunning }
	d.Sensors = func(context.Context) ([]edge.SensorSnapshot, error) { return nil, nil }
	d.Queue = func() (edge.QueueSnapshot, error) { return edge.QueueSnapshot{}, nil }
	if l := of(Run(t.Context(), d, explain.ID, nil), "broker")[0]; l.Status != Unknown {
		t.Errorf("%+v", l)
	}
}
