package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/siaga-id/siaga/ingest/device"
)

// TestStatusTellsWhatWaitsOfDevices, and nothing where there are none.
func TestStatusTellsWhatWaitsOfDevices(t *testing.T) {
	since := noon.Add(-time.Hour)
	for name, tc := range map[string]struct {
		is   device.Status
		want string
	}{
		"none": {device.Status{Accepting: true, LimitBytes: 1 << 30}, `null`},
		"taken": {
			device.Status{Accepting: true, Topics: 1, Records: 3, Bytes: 900, LimitBytes: 1 << 30, Oldest: since},
			`{"accepting":true,"reason":"","messages":3,"bytes":900,"limit_bytes":1073741824,"since":"` + since.UTC().Format("2006-01-02T15:04:05.000Z") + `"}`,
		},
		"full": {
			device.Status{Reason: "spool is full", Topics: 1, LimitBytes: 1 << 30},
			`{"accepting":false,"reason":"spool is full","messages":0,"bytes":0,"limit_bytes":1073741824,"since":null}`,
		},
		"of an earlier configuration": {
			device.Status{Accepting: true, Records: 1, Bytes: 9, LimitBytes: 9},
			`{"accepting":true,"reason":"","messages":1,"bytes":9,"limit_bytes":9,"since":null}`,
		},
	} {
		c := build(t, fixed, func(o *Options) { o.Devices = func() device.Status { return tc.is } })
		var body struct {
			Devices json.RawMessage `json:"devices"`
		}
		w := c.do("GET", "/api/v1/status", "")
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || string(body.Devices) != tc.want {
			t.Errorf("%s: %v: devices %s, want %s", name, err, body.Devices, tc.want)
		}
	}
}
