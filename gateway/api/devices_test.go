package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/authority/authoritytest"
)

func TestDevicesOverHTTP(t *testing.T) {
	var a *authority.Authority
	var cut []string
	c := build(t, time.Now, func(o *Options) {
		a = authoritytest.New(t, authority.Options{Registry: o.Registry, Now: o.Now, Logger: o.Logger})
		o.Authority, o.CutDevice = a, func(name string) { cut = append(cut, name) }
	})
	made := func(method, path, body string, want int) (d deviceBody) {
		t.Helper()
		w := c.do(method, path, body)
		if w.Code != want {
			t.Fatalf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
		}
		if want < 204 {
			if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	opens := func(name, password string, want bool) {
		t.Helper()
		if _, err := a.CheckDevice(t.Context(), name, password, "10.0.0.9:1"); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	const devices = "/api/v1/devices"
	first := made("POST", devices, `{"name":"kolam-1","publish":["tambak/1/#"]}`, 201)
	opens("kolam-1", first.Password, true)
	if chosen := made("POST", devices, `{"name":"pengolah-2","role":"ingester","password":"kata sandi pengolah"}`, 201); chosen.Password != "" {
		t.Errorf("a chosen password is told: %+v", chosen)
	}
	opens("pengolah-2", "kata sandi pengolah", true)

	made("POST", devices, `{"name":"kolam-1","publish":["x"]}`, 409)
	made("POST", devices, `{"name":"kolam-2","publish":["siaga/v1/sutojayan-01/live"]}`, 422)
	made("POST", devices, `{"name":"kolam-2","subscribe":["$SYS/#"]}`, 422)
	made("POST", devices, `{"name":"kolam-2","publish":["x"],"password":"pendek"}`, 422)
	made("POST", devices, `{"name":"../x","publish":["x"]}`, 422)
	made("PATCH", devices+"/tak-ada", `{"disabled":true}`, 404)
	made("DELETE", devices+"/tak-ada", "", 404)
	if len(cut) > 0 {
		t.Errorf("cut %v", cut)
	}

	second := made("PATCH", devices+"/kolam-1", `{"new_password":true,"subscribe":["tambak/cmd"]}`, 200)
	opens("kolam-1", first.Password, false)
	opens("kolam-1", second.Password, true)
	if !slices.Equal(second.Publish, []string{"tambak/1/#"}) || !slices.Equal(second.Subscribe, []string{"tambak/cmd"}) {
		t.Errorf("%+v", second)
	}
	made("PATCH", devices+"/kolam-1", `{"disabled":true}`, 200)
	opens("kolam-1", second.Password, false)
	made("DELETE", devices+"/pengolah-2", "", 204)
	opens("pengolah-2", "kata sandi pengolah", false)
	if !slices.Equal(cut, []string{"kolam-1", "kolam-1", "pengolah-2"}) {
		t.Errorf("cut %v", cut)
	}
	w := c.do("GET", devices, "")
	if w.Code != 200 || strings.Count(w.Body.String(), `"name"`) != 1 || strings.Contains(w.Body.String(), "assword") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, secret := range []string{first.Password, second.Password, "kata sandi pengolah"} {
		if strings.Contains(c.log.String(), secret) {
			t.Error("the log holds a password")
		}
	}
}
