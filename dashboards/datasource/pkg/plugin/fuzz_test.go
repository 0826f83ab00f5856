package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/siaga-id/siaga/internal/reading"
)

// says is a center without a network that answers everything alike.
type says struct {
	status int
	body   []byte
}

func (a says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{Status: http.StatusText(a.status), StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(a.body)), Request: r}, nil
}

// to returns a data source whose center says that.
func to(t testing.TB, a says) *Source {
	t.Helper()
	s := newSource(configured("http://127.0.0.1:1"), quick)
	if s.wrong != nil {
		t.Fatal(s.wrong)
	}
	s.center.http = &http.Client{Transport: a}
	return s
}

// FuzzAnswers: whatever answers at the center's address, an answer is frames that can
// be sent or an error.
func FuzzAnswers(f *testing.F) {
	f.Add(uint16(200), []byte(nodesJSON))
	f.Add(uint16(200), []byte(`{"series":[{"node":"aa","sensor":"b","interval_s":1e300,"bad":-1,"times_ms":[9e18,-1],"values":[1e308,-0],"qualities":[300,-1]},{"times_ms":null,"values":[],"qualities":[]}],"nodes":[{"id":"aa","sensors":[{"id":"b","interval_s":-1,"quantities":["pm2_5"]}]}]}`))
	f.Add(uint16(200), []byte(`{"basis":"rollups","series":[{"node":"aa","sensor":"b","times_ms":[1],"values":[1],"qualities":[2]}]}`))
	f.Add(uint16(200), []byte(`{"series":[{"times_ms":[1],"values":[],"qualities":[1,2]}]}`))
	f.Add(uint16(200), []byte(`{"total":-5,"gaps":[{"from_time":"9999-12-31T23:59:59Z"},{"to_time":"0001-01-01T00:00:00Z","packs":18446744073709551615}],"entries":[{"time":"2026-03-01T04:30:00Z","replayed":null}],"configurations":[{"node":"aa"}],"events":[{"scope":"node","object":"/"}],"readings":[{"quantity":"pm2_5","quality":"?"}]}`))
	f.Add(uint16(200), []byte(`{"ready":true,"components":[{}],"version":"1","time":"2026-03-01T04:30:00Z","newest":"0001-01-01T00:00:00Z","accepting":true}`))
	f.Add(uint16(422), []byte(`{"detail":"no such thing"}`))
	f.Add(uint16(302), []byte(`<html>`))
	f.Add(uint16(500), []byte(`null`))
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		s := to(t, says{int(status), body})
		defer s.Dispose()
		for name, text := range golden {
			frames, err := s.answer(context.Background(), hour(text))
			for _, f := range frames {
				if _, err := json.Marshal(f); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if _, err := f.MarshalArrow(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err == nil && status != http.StatusOK {
				t.Errorf("%s is answered with %d as with 200", name, status)
			}
		}
		if got, err := s.CheckHealth(context.Background(), nil); err != nil || got.Message == "" {
			t.Errorf("health says %v, %v", got, err)
		}
		for _, list := range []string{"districts", "sites", "nodes", "sensors", "quantities"} {
			got := resource(t, s, "GET", "variables/"+list, &backend.User{Role: "Viewer"})
			if ok := json.Valid([]byte(got.body)); got.status == http.StatusOK && !ok {
				t.Errorf("%s: %s", list, got.body)
			}
		}
	})
}

// FuzzEvents: an event stream says the same in whatever pieces it comes, and gives a
// live channel rows in order, no more than fit.
func FuzzEvents(f *testing.F) {
	f.Add([]byte(event("latest", told(noon, 1)) + event("readings", told(noon.Add(time.Second), 2))))
	f.Add([]byte("event: readings\ndata: {\"readings\":[{\"node\":\"sutojayan-01\",\"sensor\":\"pm-1\",\"quantity\":\"pm2_5\",\"time\":\"0001-01-01T00:00:00Z\"}]}\n\n"))
	f.Add([]byte(": hello\r\nretry: 5\n\nevent: a\ndata: 1\ndata:2\n\nevent: b\n\ndata: 3\r\n\r\nevent: c\ndata: cut"))
	f.Add([]byte("data\ndata:\n\n\n\nevent\n:\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		heard := func(from io.Reader) (all []string) {
			err := events(from, func(name string, data []byte) error {
				all = append(all, fmt.Sprintf("%q %q", name, data))
				return nil
			})
			return append(all, fmt.Sprint(err))
		}
		if whole, pieces := heard(bytes.NewReader(stream)), heard(iotest.OneByteReader(bytes.NewReader(stream))); fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Errorf("%q, in pieces %q", whole, pieces)
		}
		s := to(t, says{http.StatusOK, stream})
		defer s.Dispose()
		live := newFeed(s.center, quick, log.NewNullLogger())
		defer live.close()
		c := &channel{series: series{seriesKey: pm}, limit: 3}
		live.channels[pm] = map[*channel]struct{}{c: {}}
		if err := live.read(context.Background(), func() {}); err == nil {
			t.Error("a stream that ends has no end")
		}
		rows, _ := c.take()
		for i := range rows {
			if i >= c.limit || i > 0 && rows[i].ms <= rows[i-1].ms {
				t.Errorf("%v", rows)
			}
		}
	})
}

// FuzzSettings: settings are a center's address and a token that a header can carry, or
// an error that tells no secret.
func FuzzSettings(f *testing.F) {
	f.Add([]byte(`{"url":"http://127.0.0.1:8088"}`), "x")
	f.Add([]byte(`{"url":"https://budi:s3cr3t-x@siaga.example/","caCert":"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"}`), "x")
	f.Add([]byte(`{"url":"http://[::1%25eth0]:80/a?b#c"}`), " \n")
	f.Add([]byte(`{"url":"https://%zz"}`), "")
	f.Add([]byte(`{"url":7}`), "x")
	f.Fuzz(func(t *testing.T, kept []byte, token string) {
		token = "s3cr3t-" + token
		in := backend.DataSourceInstanceSettings{JSONData: kept, DecryptedSecureJSONData: map[string]string{"token": token}}
		got, err := parseSettings(in)
		if err == nil {
			if u := got.base; u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
				t.Errorf("%s is the address of a center", u)
			}
			got.bare()
			var c *center
			if c, err = newCenter(got); err == nil {
				c.http = &http.Client{Transport: says{http.StatusOK, nil}}
				_, err = c.open(context.Background(), "/readyz", nil, "application/json")
			}
		}
		if err != nil && strings.Contains(err.Error(), "s3cr3t-") {
			t.Errorf("%v: that is a secret", err)
		}
	})
}

// FuzzScope: what a list is held to are names that can be.
func FuzzScope(f *testing.F) {
	f.Add("district=35.05.12&district=35.05.11&node=aa,,bb&site=35.05.12.1001&lang=en")
	f.Add("node=a'%20OR%201=1")
	f.Add("sensor=x")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		in, _, err := parseScope(v)
		if err != nil {
			return
		}
		for _, name := range in.Nodes {
			if _, err := reading.ParseNodeID(name); err != nil {
				t.Error(err)
			}
		}
		for _, code := range in.Districts {
			if _, err := reading.ParseSiteCode(code + ".0001"); err != nil {
				t.Error(err)
			}
		}
		if len(in.Nodes) > maxNames || len(in.Sensors) > 0 {
			t.Errorf("%+v", in)
		}
	})
}
