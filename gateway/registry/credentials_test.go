package registry

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

var sari = Actor{"sari", "10.0.0.5"}

func enrolment(node reading.NodeID, secret byte) Enrolment {
	return Enrolment{Node: node, Digest: [32]byte{secret}, Key: [32]byte{secret, 1}, Address: "10.1.1.1"}
}

// certificate makes what an authority would.
func certificate(c *clock, serial string, key [32]byte) func(reading.NodeID) (Certificate, error) {
	return func(reading.NodeID) (Certificate, error) {
		return Certificate{Serial: serial, Key: key, NotBefore: c.now(), NotAfter: c.now().AddDate(0, 3, 0), PEM: "pem " + serial}, nil
	}
}

func TestCredentialsSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	c := newClock()
	r := open(t, path, c)
	must(t, r.Claim(t.Context(), "sutojayan-01", "35.05.12.1001"))
	must(t, r.Claim(t.Context(), "lodoyo-02", "35.05.12.1002"))
	token := EnrolmentToken{ID: "t1", Node: "sutojayan-01", Expires: c.now().Add(time.Hour)}
	must(t, r.AddEnrolmentToken(t.Context(), sari, token, [32]byte{1}))
	if r.EverIssued() {
		t.Error("nothing was issued yet")
	}
	e := enrolment("sutojayan-01", 1)
	done, err := r.Enrol(t.Context(), e, certificate(c, "aa", e.Key))
	must(t, err)
	if done.Site != "35.05.12.1001" || done.Certificate.Token != "t1" || len(done.Revoked) > 0 {
		t.Errorf("%+v", done)
	}
	must(t, r.Retire(t.Context(), sari, "lodoyo-02", "dicuri"))
	check := func() {
		t.Helper()
		if err := r.Standing("sutojayan-01", "aa"); err != nil {
			t.Error(err)
		}
		if err := r.Standing("lodoyo-02", "zz"); !errors.Is(err, ErrRetired) {
			t.Error(err)
		}
		if !r.Enrolled("sutojayan-01") || !r.Enrolled("lodoyo-02") || r.Enrolled("kanigoro-03") || !r.EverIssued() {
			t.Error("who was enrolled")
		}
	}
	check()
	must(t, r.Close())
	r = open(t, path, c)
	check()
	certs, err := r.Certificates(t.Context(), "sutojayan-01")
	must(t, err)
	if len(certs) != 1 || certs[0].Serial != "aa" || certs[0].Key != e.Key || !certs[0].Issued.Equal(c.now()) || certs[0].PEM != "pem aa" {
		t.Errorf("%+v", certs)
	}
}

// TestFailedEnrolment: what was not made durable is not known in memory either,
// and ends nobody's session.
func TestFailedEnrolment(t *testing.T) {
	r, c := fresh(t)
	must(t, r.Claim(t.Context(), "sutojayan-01", "35.05.12.1001"))
	for _, secret := range []byte{1, 2} {
		token := EnrolmentToken{ID: string('a' + rune(secret)), Node: "sutojayan-01", Expires: c.now().Add(time.Hour)}
		must(t, r.AddEnrolmentToken(t.Context(), sari, token, [32]byte{secret}))
		if secret == 1 {
			_, err := r.Enrol(t.Context(), enrolment("sutojayan-01", 1), certificate(c, "aa", [32]byte{}))
			must(t, err)
		}
	}
	r.OnBarred(func(n reading.NodeID) { t.Errorf("sessions of %s end", n) })
	ctx, cancel := context.WithCancel(t.Context())
	_, err := r.Enrol(ctx, enrolment("sutojayan-01", 2), func(n reading.NodeID) (Certificate, error) {
		defer cancel() // so that nothing after it is written
		return certificate(c, "bb", [32]byte{})(n)
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	must(t, r.Standing("sutojayan-01", "aa"))
	must(t, r.Claim(t.Context(), "sutojayan-01", "35.05.12.1001")) // whatever comes next does not bring it in
	must(t, r.Standing("sutojayan-01", "aa"))
}

func TestTooManyCertificates(t *testing.T) {
	r, c := fresh(t)
	must(t, r.Claim(t.Context(), "sutojayan-01", "35.05.12.1001"))
	never := func(Certificate) bool { return false }
	token := EnrolmentToken{ID: "t1", Node: "sutojayan-01", Expires: c.now().Add(time.Hour)}
	must(t, r.AddEnrolmentToken(t.Context(), sari, token, [32]byte{1}))
	_, err := r.Enrol(t.Context(), enrolment("sutojayan-01", 1), certificate(c, "old", [32]byte{1, 1}))
	must(t, err)
	c.add(25 * time.Hour)
	n := 0
	for ; n < 100 && err == nil; n++ {
		key := [32]byte{byte(n)}
		_, _, err = r.Renew(t.Context(), Actor{}, "sutojayan-01", "old", key, never, certificate(c, string('a'+rune(n)), key))
	}
	if !errors.Is(err, ErrTooOften) || n != maxCertificatesADay+1 {
		t.Errorf("%d: %v", n, err)
	}
	c.add(25 * time.Hour)
	_, _, err = r.Renew(t.Context(), Actor{}, "sutojayan-01", "old", [32]byte{}, never, certificate(c, "next", [32]byte{}))
	must(t, err)
}

// TestOnlyWhatWasGivenIsRenewed: who has an authority's key signs what he likes. After
// a restoration nobody knows what was given since the backup.
func TestOnlyWhatWasGivenIsRenewed(t *testing.T) {
	r, c := fresh(t)
	for _, n := range []reading.NodeID{"sutojayan-01", "lodoyo-02"} {
		must(t, r.Claim(t.Context(), n, "35.05.12.1001"))
	}
	must(t, r.AddEnrolmentToken(t.Context(), sari, EnrolmentToken{ID: "t1", Node: "sutojayan-01", Expires: c.now().Add(time.Hour)}, [32]byte{1}))
	_, err := r.Enrol(t.Context(), enrolment("sutojayan-01", 1), certificate(c, "aa", [32]byte{1, 1}))
	must(t, err)
	renew := func(r *Registry, node reading.NodeID, serial string, want error) {
		t.Helper()
		next := certificate(c, "after "+serial, [32]byte{2})
		if _, _, err := r.Renew(t.Context(), Actor{}, node, serial, [32]byte{2}, func(Certificate) bool { return false }, next); !errors.Is(err, want) {
			t.Errorf("%s of %s: %v, want %v", serial, node, err, want)
		}
	}
	renew(r, "sutojayan-01", "bb", ErrNeverGiven)
	renew(r, "lodoyo-02", "aa", ErrNeverGiven)
	renew(r, "sutojayan-01", "aa", nil)
	restored, _ := restoreFrom(t, r, c, Restoration{History: HistoryIncluded}, nil)
	renew(restored, "sutojayan-01", "bb", nil)
}

func TestDevices(t *testing.T) {
	r, _ := fresh(t)
	d := Device{Name: "kolam-1", Role: PlainDevice, Publish: []string{"tambak/1/#"}, Subscribe: []string{"tambak/1/cmd", "tambak/all"}, Password: "phc"}
	must(t, r.AddDevice(t.Context(), sari, d))
	if err := r.AddDevice(t.Context(), sari, d); !errors.Is(err, ErrExists) {
		t.Errorf("twice: %v", err)
	}
	must(t, r.AddDevice(t.Context(), sari, Device{Name: "pengolah-2", Role: IngesterDevice, Password: "phc"}))
	all, err := r.Devices(t.Context())
	must(t, err)
	if len(all) != 2 || all[0].Password != "" || all[0].Name != "kolam-1" || strings.Join(all[0].Subscribe, " ") != "tambak/1/cmd tambak/all" || len(all[1].Publish) > 0 {
		t.Errorf("%+v", all)
	}
	changed, err := r.SetDevice(t.Context(), sari, "kolam-1", func(d *Device) { d.Name, d.Disabled, d.Password = "x", true, "other" })
	must(t, err)
	if changed.Name != "kolam-1" || !changed.Disabled || changed.Password != "" {
		t.Errorf("%+v", changed)
	}
	if got, err := r.Device(t.Context(), "kolam-1"); err != nil || got.Password != "other" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := r.SetDevice(t.Context(), sari, "kolam-1", func(d *Device) { d.Publish = []string{"#"} }); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
	must(t, r.RemoveDevice(t.Context(), sari, "kolam-1"))
	for _, err := range []error{
		r.RemoveDevice(t.Context(), sari, "kolam-1"),
		onlyErr(r.SetDevice(t.Context(), sari, "kolam-1", func(*Device) {})),
		onlyErr(r.Device(t.Context(), "kolam-1")),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("gone: %v", err)
		}
	}
	log, err := r.Audit(t.Context(), AuditFilter{Action: "device."})
	must(t, err)
	if len(log) != 4 {
		t.Errorf("audit: %+v", log)
	}
	for _, e := range log {
		if strings.Contains(string(e.After)+string(e.Before), "phc") {
			t.Errorf("the audit holds a password: %s", e.After)
		}
	}
}

func onlyErr[T any](_ T, err error) error { return err }

func TestDeviceFilters(t *testing.T) {
	for filter, ok := range map[string]bool{
		"tambak/#": true, "tambak/+/suhu": true, "tambak": true, "zigbee2mqtt/sensor 1/état": true, "Siaga/x": true, "siagax/y": true, "tambak//x": true, "a/": true,
		"": false, "#": false, "+": false, "+/v1/x": false, "/x": false, "$SYS/#": false, "$share/g/tambak/#": false, "siaga": false, "siaga/#": false,
		"siaga/v1/sutojayan-01/live": false, "siaga/center/v1/x/state": false, "tambak/#/x": false, "tambak/x#": false, "tambak/x+/y": false,
		"tambak\nsiaga/#": false, "tambak/\x00": false, "tambak/\u0085": false, "tambak/\xff": false, strings.Repeat("a", maxFilterLen+1): false,
	} {
		d := Device{Name: "x", Role: PlainDevice, Subscribe: []string{filter}}
		if err := d.Validate(); (err == nil) != ok {
			t.Errorf("%.40q: %v", filter, err)
		}
	}
	for _, d := range []Device{
		{Name: "", Role: PlainDevice, Publish: []string{"a"}},
		{Name: "-x", Role: PlainDevice, Publish: []string{"a"}},
		{Name: "x'y", Role: PlainDevice, Publish: []string{"a"}},
		{Name: "x", Role: "admin", Publish: []string{"a"}},
		{Name: "x", Role: PlainDevice},
		{Name: "Pengolah", Role: IngesterDevice},
		{Name: "pengolah", Role: IngesterDevice, Publish: []string{"a"}},
		{Name: "x", Role: PlainDevice, Publish: make([]string, maxFilters+1)},
	} {
		if d.Validate() == nil {
			t.Errorf("%+v", d)
		}
	}
}
