package configs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/dashboards/grafana/playlist"
)

// settings are a unit's or an environment file's, by section and key.
func settings(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, section := map[string]string{}, ""
	for _, line := range lines(t, string(text)) {
		if line[0] == '[' {
			section = strings.Trim(line, "[]") + " "
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Errorf("%s: %q", file, line)
		}
		all[section+key] = value
	}
	return all
}

// TestKiosk holds the wall's screen to what it must do alone, at night: start once
// there is a network and Grafana answers, come back when it falls, ask nothing, and
// begin anew.
func TestKiosk(t *testing.T) {
	unit := settings(t, "kiosk/siaga-kiosk.service")
	env := settings(t, "kiosk/siaga-kiosk.env")
	timer := settings(t, "kiosk/siaga-kiosk-reload.timer")
	reload := settings(t, "kiosk/"+timer["Timer Unit"])
	for key, want := range map[string]string{
		"Unit Wants": "network-online.target", "Unit After": "network-online.target", "Unit StartLimitIntervalSec": "0",
		"Service Restart": "always", "Service EnvironmentFile": "/etc/siaga/siaga-kiosk.env", "Service TimeoutStartSec": "infinity",
		"Service ExecStartPre": "curl", "Install WantedBy": "multi-user.target",
	} {
		if !strings.Contains(unit[key], want) {
			t.Errorf("%s=%s, want %s", key, unit[key], want)
		}
	}
	for _, flag := range []string{"--kiosk", "--force-device-scale-factor=${SIAGA_KIOSK_SCALE}", "--user-data-dir=%t/" + unit["Service RuntimeDirectory"], "--hide-crash-restore-bubble", "--disable-session-crashed-bubble", "--noerrdialogs", "--no-first-run", "--disable-component-update", "--disable-background-networking", `"--host-resolver-rules=MAP m1.openfpcdn.io ~NOTFOUND"`} {
		if !strings.Contains(unit["Service ExecStart"]+" ", flag+" ") {
			t.Errorf("Chromium starts without %s", flag)
		}
	}
	for _, v := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(unit["Service ExecStart"]+unit["Service ExecStartPre"], -1) {
		if env[v[1]] == "" {
			t.Errorf("%s is not in siaga-kiosk.env", v[1])
		}
	}
	if !strings.HasSuffix(reload["Service ExecStart"], "systemctl try-restart siaga-kiosk.service") || !strings.HasPrefix(timer["Timer OnCalendar"], "*-*-* 0") {
		t.Errorf("reload %v by %v", reload, timer)
	}
	c := playlist.Client{URL: "http://127.0.0.1:3000"}
	name := playlist.WallName(grafana.Set{Lang: grafana.Indonesian})
	if got, want := strings.Trim(env["SIAGA_KIOSK_URL"], `"`), c.PlayURL(playlist.Result{UID: name, Org: "1"}); got != want {
		t.Errorf("it shows %s, want %s", got, want)
	}
}
