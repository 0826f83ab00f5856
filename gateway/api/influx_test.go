package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

// influxd answers every query as given, and remembers the last request.
func influxd(t *testing.T, status int, body string) (*Influx, *http.Request) {
	t.Helper()
	last := new(http.Request)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*last = *r
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	i, err := NewInflux(srv.URL+"/", "siaga", "tok")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i, last
}

func TestInfluxQuery(t *testing.T) {
	i, last := influxd(t, 200, `{"results":[
		{"statement_id":0,"series":[{"name":"air","tags":{"sensor":"pm-1"},"columns":["time","value","qc"],"values":[[1772341200000,12.5,2],[1772341201000,null,null]]}]},
		{"statement_id":1},
		{"statement_id":2,"series":[{"name":"water","columns":["time","value"],"values":[[1,2]]}]}]}`)
	got, err := i.Query(t.Context(), `SELECT 1; SELECT 2`)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Tags["sensor"] != "pm-1" || *got[0].Values[0][0] != 1772341200000 || *got[0].Values[0][1] != 12.5 || got[0].Values[1][1] != nil {
		t.Fatalf("%+v", got)
	}
	q := last.URL.Query()
	if last.Method != "GET" || last.URL.Path != "/query" || q.Get("db") != "siaga" || q.Get("epoch") != "ms" || q.Get("q") != "SELECT 1; SELECT 2" || last.Header.Get("Authorization") != "Token tok" {
		t.Fatalf("asked %s %s %v", last.Method, last.URL, last.Header)
	}
}

func TestInfluxErrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   *QueryError // nil: any other error
	}{
		{"refused", 401, `{"error":"authorization failed"}`, &QueryError{401, "authorization failed"}},
		{"statement", 200, `{"results":[{"error":"no such field"}]}`, &QueryError{200, "no such field"}},
		{"proxy's page", 502, `<html>`, &QueryError{502, ""}},
		{"cut off", 200, `{"results":[{"ser`, nil},
		{"strings for numbers", 200, `{"results":[{"series":[{"values":[["2026-03-01T00:00:00Z"]]}]}]}`, nil},
		{"endless message", 400, `{"error":"` + strings.Repeat("x", 1000) + `"}`, &QueryError{400, strings.Repeat("x", 300) + "…"}},
	} {
		i, _ := influxd(t, tc.status, tc.body)
		_, err := i.Query(t.Context(), "SELECT")
		var got *QueryError
		if err == nil || errors.As(err, &got) != (tc.want != nil) || tc.want != nil && *got != *tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	for _, base := range []string{"", "127.0.0.1:8086", "ftp://x", "http://"} {
		if _, err := NewInflux(base, "siaga", ""); err == nil {
			t.Errorf("address %q was accepted", base)
		}
	}
}

func TestStoredQuantities(t *testing.T) {
	i, last := influxd(t, 200, `{"results":[{"series":[
		{"name":"air","columns":["fieldKey","fieldType"],"values":[["pm10","float"],["pm2_5","float"],["pm2_5","integer"],["pm2_5_cor","float"],["pm2_5_cor_qc","integer"],["pm2_5_qc","integer"],["level","float"],[]]},
		{"name":"water","columns":["fieldKey","fieldType"],"values":[["level","float"]]},
		{"name":"radio","columns":["fieldKey","fieldType"],"values":[["signal","float"]]}]}]}`)
	got, err := i.Quantities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []reading.Quantity{reading.PM2_5, reading.PM2_5.Corrected(), reading.PM10, reading.Level}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if q := last.URL.Query().Get("q"); q != "SHOW FIELD KEYS" {
		t.Errorf("asked %s", q)
	}
}
