package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/exposition"
)

// wellCenter is what a center says when nothing is wrong: as gateway/api and the
// metrics of ingest and ingest/device write it.
func wellCenter() map[string]string {
	return map[string]string{
		"/api/v1/status": `{"time":"2026-01-02T03:04:05.000Z","version":"1.2.3","nodes_online":11,"nodes_total":12,
			"readings_per_second":29.31,"delivery_delay_p50_s":0.01,"delivery_delay_p99_s":null,"open_gaps":2,"quarantined":3,
			"anomalies":1,"accepting":true,"not_accepting":"","newest":"2026-01-02T03:04:04.000Z",
			"walls":[{"id":"ruang-utama","newest":"2026-01-02T03:04:04.000Z","seen":"2026-01-02T03:04:00.000Z"}]}`,
		"/readyz": `{"ready":true,"components":[{"name":"registry","ready":true,"words":"ready"},{"name":"influx","ready":true,"words":"ready"}]}`,
		"/metrics": `# HELP siaga_ingest_spool_records Records on disk.
siaga_ingest_queue_packs 4
siaga_ingest_queue_bytes 2048
siaga_ingest_spool_records{spool="data"} 7
siaga_ingest_spool_bytes{spool="data"} 1.5e+06
siaga_ingest_spool_limit_bytes{spool="data"} 8.589934592e+09
siaga_ingest_spool_oldest_timestamp_seconds 1.767322985e+09
siaga_ingest_live_age_seconds{quantile="0.5"} 0.2
siaga_ingest_live_age_seconds{quantile="0.99"} 0.75
siaga_device_topics 1
siaga_device_accepting 1
siaga_device_links 2
siaga_device_spool_records 100
siaga_device_spool_bytes 30000
siaga_device_spool_limit_bytes 1.073741824e+09
siaga_device_spool_oldest_timestamp_seconds 1.767150245e+09
`,
	}
}

// center serves pages; /readyz is 503 where it says that something is not ready.
func center(t *testing.T, pages map[string]string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if strings.Contains(page, `"ready":false`) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, page)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestStatusOfAWellCenter(t *testing.T) {
	t.Setenv("SIAGA_LANG", "")
	for language, wants := range map[string][]string{
		"id": {
			"Pusat: BAIK  (siaga 1.2.3, 2026-01-02", "✓ Menerima data ", "ya\n", "✓ InfluxDB ", "siap\n", "! Node daring ", "11 dari 12",
			"! Celah data terbuka ", "! Karantina ", "3 (siaga quarantine list)", "! Kartu disalin atau dipulihkan (24 jam)  1",
			"29,3", "p50 0,010 s, p99 -", "p50 0,200 s, p99 0,750 s", "1 detik lalu", "diterima (sambungan: 2)",
			"✓ menunggu InfluxDB ", "1,4 MiB", "8,0 GiB", "60 detik lalu", "pesan alat, menunggu dekoder", "2 hari lalu", "ruang-utama", "5 detik lalu",
		},
		"en": {"Center: WELL", "✓ Accepting ", "yes\n", "11 of 12", "29.3", "p50 0.010 s, p99 -", "waiting for InfluxDB", "60 s ago", "seen 5 s ago"},
	} {
		out, err := run(t, "status", "--center", center(t, wellCenter()), "--lang", language)
		if err != nil {
			t.Error(err)
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: it does not say %q:\n%s", language, want, out)
			}
		}
	}
}

func TestStatusOfACenterThatIsNotWell(t *testing.T) {
	for name, tc := range map[string]struct {
		page, old, new string
		want           string
	}{
		"not accepting": {"/api/v1/status", `"accepting":true,"not_accepting":""`, `"accepting":false,"not_accepting":"data spool: spool is full"`, "✗ Menerima data "},
		"why not":       {"/api/v1/status", `"accepting":true,"not_accepting":""`, `"accepting":false,"not_accepting":"data spool: spool is full"`, "tidak: data spool: spool is full"},
		"InfluxDB":      {"/readyz", `"influx","ready":true,"words":"ready"`, `"influx","ready":false,"words":"status 401: no"`, "status 401: no"},
		"spool":         {"/metrics", "1.5e+06", "8e+09", "✗ menunggu InfluxDB"},
		"devices":       {"/metrics", "siaga_device_accepting 1", "siaga_device_accepting 0", "TIDAK diterima"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SIAGA_LANG", "id")
			pages := wellCenter()
			if !strings.Contains(pages[tc.page], tc.old) {
				t.Fatalf("no %s in %s", tc.old, tc.page)
			}
			pages[tc.page] = strings.Replace(pages[tc.page], tc.old, tc.new, 1)
			out, err := run(t, "status", "--center", center(t, pages))
			if err == nil || exitCode(err) != exitNotWell {
				t.Errorf("error %v, want exit code %d", err, exitNotWell)
			}
			if !strings.Contains(out, "Pusat: TIDAK BAIK") || !strings.Contains(out, tc.want) {
				t.Errorf("it does not say %q:\n%s", tc.want, out)
			}
		})
	}
}

// What ends within 30 days is a line with its date and what to do about it; what of
// the center's own has ended is a problem.
func TestStatusWarnsOfEnds(t *testing.T) {
	const at = `"accepting":true`
	for name, tc := range map[string]struct {
		expiry   string
		id, en   string // "": no line
		exitCode int
	}{
		"far":          {`{"what":"ca","name":"a1","when":"2030-01-01T00:00:00Z","soon":false}`, "", "", 0},
		"authority":    {`{"what":"ca","name":"a1","when":"2026-01-20T03:04:05Z","soon":true}`, "18 hari lagi → jalankan: siaga ca rotate", "in 18 days → run: siaga ca rotate", 0},
		"own":          {`{"what":"server","name":"center","when":"2026-01-03T00:00:00Z","soon":true}`, "! Sertifikat pusat ", "! The center's certificate ", 0},
		"own, ended":   {`{"what":"server","name":"center","when":"2026-01-02T00:00:00Z","soon":true}`, "✗ Sertifikat pusat ", "has ended (", exitNotWell},
		"given":        {`{"what":"given","name":"/etc/siaga/web.pem","when":"2026-01-20T03:04:05Z","soon":true}`, "! Sertifikat /etc/siaga/web.pem ", "secure.key_file; taken over without a restart", 0},
		"given, ended": {`{"what":"given","name":"/etc/siaga/web.pem","when":"2026-01-01T03:04:05Z","soon":true}`, "✗ Sertifikat /etc/siaga/web.pem ", "has ended", exitNotWell},
		"node":         {`{"what":"node","name":"jegu-01","when":"2026-01-01T03:04:05Z","soon":true}`, "✗ Sertifikat node jegu-01 ", "siaga node token jegu-01", 0},
		"token":        {`{"what":"token","name":"ab12 grafana","when":"2026-01-20T03:04:05Z","soon":true}`, "buat yang baru: siaga token create grafana; pasang; lalu: siaga token revoke ab12", "siaga token create grafana; put it in place; then: siaga token revoke ab12", 0},
		"two words":    {`{"what":"token","name":"ab12 layar pak Budi's","when":"2026-01-20T03:04:05Z","soon":true}`, `token create 'layar pak Budi'\''s'; pasang`, "! Token ab12 layar pak Budi's ", 0},
		"token, ended": {`{"what":"token","name":"ab12 grafana","when":"2026-01-01T03:04:05Z","soon":true}`, "✗ Token ab12 grafana ", "has ended", 0},
		"file":         {`{"what":"file","name":"mqtt.cert_file","when":"2026-01-20T03:04:05Z","soon":true}`, "! Sertifikat mqtt.cert_file ", "replace that file", 0},
		"broker":       {`{"what":"peer","name":"mqtt.url","when":"2026-01-01T03:04:05Z","soon":true}`, "✗ Sertifikat server mqtt.url ", "siaga broker-config", exitNotWell},
		"of tomorrow":  {`{"what":"moon","name":"m","when":"2026-01-20T03:04:05Z","soon":true}`, "! moon m ", "ends ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			pages := wellCenter()
			pages["/api/v1/status"] = strings.Replace(pages["/api/v1/status"], at, `"expiries":[`+tc.expiry+`],`+at, 1)
			url := center(t, pages)
			for language, want := range map[string]string{"id": tc.id, "en": tc.en} {
				out, err := run(t, "status", "--center", url, "--lang", language)
				if (err != nil) != (tc.exitCode != 0) || err != nil && exitCode(err) != tc.exitCode {
					t.Errorf("%v, want exit code %d", err, tc.exitCode)
				}
				if want == "" && strings.Contains(out, "2030") || !strings.Contains(out, want) {
					t.Errorf("%s: want %q:\n%s", language, want, out)
				}
			}
			out, err := run(t, "status", "--center", url, "--json")
			var got wholeStatus
			if jsonErr := json.Unmarshal([]byte(out), &got); jsonErr != nil || len(got.Expiries) != 1 || got.Expiries[0].When.IsZero() || got.Well != (tc.exitCode == 0) {
				t.Errorf("--json: %v, %v: %s", err, jsonErr, out)
			}
		})
	}
}

// What goes over the network unencrypted is said loudly, with what that risks.
func TestStatusWarnsOfExposure(t *testing.T) {
	for _, setting := range []string{"http.plain_beyond_loopback", "mqtt.plain_beyond_loopback", "mqtt.url", "influx.url", "another.key"} {
		pages := wellCenter()
		pages["/api/v1/status"] = strings.Replace(pages["/api/v1/status"], `"accepting":true`,
			`"exposed":[{"setting":"`+setting+`","addr":"0.0.0.0:1883","risk":"somebody reads along"}],"accepting":true`, 1)
		for language, want := range map[string]string{"id": "! TANPA ENKRIPSI: ", "en": "! NOT ENCRYPTED: "} {
			out, err := run(t, "status", "--center", center(t, pages), "--lang", language)
			if err != nil || !strings.Contains(out, want+setting) || !strings.Contains(out, "0.0.0.0:1883 → s") {
				t.Errorf("%s: %v:\n%s", setting, err, out)
			}
			if language == "en" && !strings.Contains(out, "somebody reads along") {
				t.Errorf("%s: it does not say the risk:\n%s", setting, out)
			}
		}
	}
}

// An address in a log holds no password, whatever somebody has written.
func TestRedacted(t *testing.T) {
	for address, want := range map[string]string{
		"tcp://127.0.0.1:1883": "tcp://127.0.0.1:1883", "tcp://desa:rahasia@host:1883": "tcp://desa:xxxxx@host:1883", "tcp://desa:raha%zzsia@host": "not an address",
	} {
		if got := redacted(address); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStatusOfNobody(t *testing.T) {
	if _, err := run(t, "status", "--center", "http://127.0.0.1:1"); err == nil || exitCode(err) != exitUnreachable {
		t.Errorf("error %v, want exit code %d", err, exitUnreachable)
	}
	if _, err := run(t, "status", "--center", center(t, nil)); err == nil || exitCode(err) != exitNotWell {
		t.Errorf("a server that is no center: %v", err)
	}
	if _, err := run(t, "status", "--lang", "nl"); err == nil || !strings.Contains(err.Error(), "--lang") {
		t.Errorf("error %v, want it to name the flag", err)
	}
}

// An older center says less, and is no worse for it.
func TestStatusOfAnOlderCenter(t *testing.T) {
	pages := wellCenter()
	delete(pages, "/metrics")
	delete(pages, "/readyz")
	pages["/api/v1/status"] = strings.Replace(pages["/api/v1/status"], `"anomalies":1,`, "", 1)
	out, err := run(t, "status", "--center", center(t, pages))
	if err != nil || strings.Contains(out, "24 jam") || strings.Contains(out, "Antrean") {
		t.Errorf("error %v:\n%s", err, out)
	}
}

func TestStatusForMachines(t *testing.T) {
	pages := wellCenter()
	pages["/metrics"] = strings.Replace(pages["/metrics"], "siaga_device_accepting 1", "siaga_device_accepting 0", 1)
	out, err := run(t, "status", "--center", center(t, pages), "--json")
	if exitCode(err) != exitNotWell {
		t.Errorf("error %v", err)
	}
	var got wholeStatus
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.NodesOnline != 11 || got.Well || len(got.Problems) != 1 || len(got.Stores) != 3 || *got.Stores[1].OldestS != 60 || *got.AgeP99S != 0.75 {
		t.Errorf("--json says %+v", got)
	}
}

func TestANegativeDemoIsRefused(t *testing.T) {
	if _, err := run(t, "up", "--demo", "-1", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "--demo -1") {
		t.Errorf("error %v, want it to name the flag", err)
	}
}

func FuzzParseExposition(f *testing.F) {
	f.Add(wellCenter()["/metrics"])
	f.Add("a{b=\"c d\"} NaN\n\n# x\nbare\n 1")
	f.Fuzz(func(t *testing.T, page string) {
		for name := range exposition.Parse(page) {
			if strings.ContainsAny(name, "\n") || strings.HasPrefix(name, "#") {
				t.Errorf("a sample called %q", name)
			}
		}
	})
}
