package api

import (
	"strings"
	"testing"
	"time"
)

func TestTokensExpireAndAreRevoked(t *testing.T) {
	now := noon
	c := build(t, func() time.Time { return now }, nil)
	type made struct{ ID, Token string }
	create := func(body string) made {
		t.Helper()
		return answered[made](t, c.do("POST", "/api/v1/tokens", body), 201)
	}
	role := func(m made) string {
		t.Helper()
		return c.session(t, "Remote", elsewhere, "Authorization", "Bearer "+m.Token).Role
	}
	short := create(`{"name":"grafana","scope":"viewer","expires":"2026-03-01T06:00:00Z"}`)
	long := create(`{"name":"skrip","scope":"ingest"}`)
	if role(short) != "viewer" || role(long) != "ingest" {
		t.Errorf("%s, %s", role(short), role(long))
	}
	for _, bad := range []string{`{"name":"x","scope":"viewer","expires":"2026-03-01T05:00:00Z"}`, `{"name":"x","scope":"viewer","expires":"9999-01-01T00:00:00Z"}`, `{"name":"","scope":"viewer"}`, `{"name":"x","scope":"root"}`} {
		if w := c.do("POST", "/api/v1/tokens", bad); w.Code != 422 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	now = now.Add(time.Hour)
	if role(short) != "nobody" {
		t.Error("good though expired")
	}
	if w := c.do("DELETE", "/api/v1/tokens/"+long.ID, ""); w.Code != 204 || role(long) != "nobody" {
		t.Errorf("revoked: %d, %s", w.Code, role(long))
	}
	list := c.do("GET", "/api/v1/tokens", "").Body.String()
	for _, m := range []made{short, long} {
		if !strings.Contains(list, `"id":"`+m.ID+`"`) || strings.Contains(list, m.Token) {
			t.Errorf("%s", list)
		}
	}
}
