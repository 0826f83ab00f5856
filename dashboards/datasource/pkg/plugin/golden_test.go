package plugin

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/dataplane/sdata/numeric"
	"github.com/grafana/dataplane/sdata/timeseries"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// series2 answers as a center does: raw readings with one suspect and one bad, of which
// the last two have corrected ones.
func (f *fake) series2() {
	ms := noon.UnixMilli()
	body := map[string]string{
		"pm2_5":     fmt.Sprintf(`[{"node":"sutojayan-01","sensor":"pm-1","site":"35.05.12.1001","district":"35.05.12","interval_s":2,"simulated":true,"bad":1,"times_ms":[%d,%d,%d,%d],"values":[10,20,30,40],"qualities":[2,3,4,1]}]`, ms-8000, ms-6000, ms-4000, ms-2000),
		"pm2_5_cor": fmt.Sprintf(`[{"node":"sutojayan-01","sensor":"pm-1","site":"35.05.12.1001","district":"35.05.12","interval_s":2,"simulated":true,"bad":0,"times_ms":[%d,%d],"values":[15,20],"qualities":[2,1]}]`, ms-4000, ms-2000),
	}
	f.answer("/api/v1/readings/series", func(w http.ResponseWriter, r *http.Request) {
		series, ok := body[r.URL.Query().Get("quantity")]
		if !ok {
			series = "[]"
		}
		value, basis := "mean", "readings"
		switch every := r.URL.Query().Get("every"); {
		case every == "":
			value = "reading"
		case strings.HasSuffix(every, "000s") || every == "3600s":
			basis = "rollups"
		}
		fmt.Fprintf(w, `{"value":%q,"basis":%q,"series":%s}`, value, basis, series)
	})
}

func (f *fake) lists() {
	f.say("/api/v1/readings/latest", `{"time":"2026-03-01T05:00:00.000Z","readings":[
		{"node":"jegu-01","sensor":"ws-1","quantity":"level","value":1.234,"time":"2026-03-01T04:00:00.000Z","age_s":3600,"interval_s":0,"stale":true,"quality":"good","simulated":false,"clock":"sync"},
		{"node":"sutojayan-01","sensor":"bme-1","quantity":"temperature","value":99,"time":"2026-03-01T04:59:59.000Z","age_s":1,"interval_s":5,"stale":false,"quality":"bad","simulated":true,"clock":"sync"},
		{"node":"sutojayan-01","sensor":"pm-1","quantity":"pm2_5","value":12.3,"time":"2026-03-01T04:59:58.800Z","age_s":1.2,"interval_s":2,"stale":false,"quality":"suspect","simulated":true,"clock":"sync"},
		{"node":"sutojayan-01","sensor":"pm-1","quantity":"pm2_5_cor","value":9.8,"time":"2026-03-01T04:59:58.800Z","age_s":1.2,"interval_s":2,"stale":false,"quality":"suspect","simulated":true,"clock":"sync"}]}`)
	f.say("/api/v1/gaps", `{"total":3,"gaps":[
		{"node":"jegu-01","epoch":"e1","from":3,"to":4,"packs":2,"state":"lost","words_id":"Tidak akan datang.","reason":"disk full","said":"node","since":"2026-03-01T03:00:00.000Z","from_time":"2026-03-01T04:10:00.000Z","to_time":"2026-03-01T04:20:00.000Z","merged":false},
		{"node":"sutojayan-01","epoch":"e1","from":9,"to":10,"packs":2,"state":"waiting","words_id":"Masih di antrean node.","reason":"","said":"","since":"2026-03-01T04:40:00.000Z","from_time":"2026-03-01T04:40:00.000Z","to_time":null,"merged":false}]}`)
	f.say("/api/v1/quarantine", `{"total":1,"bytes":2,"capacity_bytes":100,"entries":[
		{"id":2,"time":"2026-03-01T04:50:00.000Z","node":"","topic":"siaga/v1/x/live","source":"center","reason":"syntax","detail":"not an array","length":2,"seq":0,"epoch":"","replayed":null,"dropped":null},
		{"id":1,"time":"2026-03-01T04:30:00.000Z","node":"jegu-01","topic":"siaga/v1/jegu-01/live","source":"center","reason":"syntax","detail":"not an array","length":2,"seq":7,"epoch":"e1","replayed":"2026-03-01T04:31:00.000Z","dropped":null},
		{"id":0,"time":"2026-02-01T04:30:00.000Z","node":"jegu-01","topic":"t","source":"center","reason":"syntax","detail":"","length":2,"seq":0,"epoch":"","replayed":null,"dropped":null}]}`)
	f.say("/api/v1/configurations", `{"configurations":[{"node":"sutojayan-01","version":7,"origin":"center","reason":"lebih sering","state":"in force","time":"2026-03-01T04:45:00.000Z"}]}`)
	f.say("/api/v1/events", `{"events":[
		{"id":1,"kind":"repair","scope":"node","object":"jegu-01","from":"2026-03-01T04:00:00Z","to":"2026-03-01T05:00:00Z","reason":"ganti aki","who":"budi"},
		{"id":2,"kind":"flushing","scope":"river","object":"Brantas","from":"2026-03-01T04:30:00Z","to":"2026-03-01T06:00:00Z","reason":"Lahor","who":"budi"},
		{"id":3,"kind":"other","scope":"node","object":"jegu-01","from":"2026-03-01T04:00:00Z","to":"2026-03-01T05:00:00Z","reason":"x","who":"budi","cancelled":"2026-03-01T03:00:00Z"}]}`)
}

var golden = map[string]string{
	"readings":           `{"refId":"A","queryType":"readings","quantity":"pm2_5"}`,
	"readings_raw":       `{"queryType":"readings","quantity":"pm2_5","values":"raw","nodes":["sutojayan-01"],"sensors":["pm-1"],"sites":["35.05.12.1001"],"districts":["35.05.12"]}`,
	"readings_corrected": `{"queryType":"readings","quantity":"pm2_5","values":"corrected"}`,
	"readings_none":      `{"queryType":"readings","quantity":"so2"}`,
	"latest":             `{"queryType":"latest"}`,
	"latest_one":         `{"queryType":"latest","quantity":"pm2_5","values":"raw"}`,
	"latest_none":        `{"queryType":"latest","sites":["35.05.12.1009"]}`,
	"nodes":              `{"queryType":"nodes"}`,
	"gaps":               `{"queryType":"gaps"}`,
	"quarantine":         `{"queryType":"quarantine"}`,
	"annotations":        `{"queryType":"annotations"}`,
	"annotations_events": `{"queryType":"annotations","kinds":["event"],"nodes":["sutojayan-01"]}`,
}

func TestGolden(t *testing.T) {
	f := newFake(t)
	f.series2()
	f.lists()
	s := f.source(t)
	for name, text := range golden {
		t.Run(name, func(t *testing.T) {
			got := ask1(t, s, hour(text))
			if got.Error != nil {
				t.Fatal(got.Error)
			}
			experimental.CheckGoldenJSONResponse(t, "testdata", name, &got, *update)
			contract(t, got.Frames)
		})
	}
}

// contract holds frames to what the data plane says of their kind.
func contract(t *testing.T, frames data.Frames) {
	t.Helper()
	for _, f := range frames {
		if _, err := f.MarshalArrow(); err != nil {
			t.Error(err)
		}
	}
	switch kind := frames[0].Meta.Type; kind {
	case data.FrameTypeTimeSeriesMulti:
		multi := timeseries.MultiFrame(frames)
		c, err := multi.GetCollection(true)
		if err != nil || c.Warning != nil || len(c.RemainderIndices) > 0 || (len(c.Refs) == 0) != (len(frames[0].Fields) == 0) {
			t.Errorf("timeseries: %v, %+v", err, c)
		}
		for _, ref := range c.Refs {
			for _, label := range []string{"node", "sensor", "site", "district", "quantity"} {
				if ref.GetLabels()[label] == "" {
					t.Errorf("%v has no %s", ref.GetLabels(), label)
				}
			}
		}
	case data.FrameTypeNumericLong:
		c, err := (&numeric.LongFrame{Frame: frames[0]}).GetCollection(false)
		if err != nil || c.Warning != nil || frames[0].Rows() > 0 && len(c.Refs) == 0 {
			t.Errorf("numeric: %v, %+v", err, c)
		}
		seen := map[string]bool{}
		for _, ref := range c.Refs {
			id := ref.GetMetricName() + ref.GetLabels().String()
			if seen[id] {
				t.Errorf("%s is there twice", id)
			}
			seen[id] = true
			for label := range ref.GetLabels() {
				if !slices.Contains([]string{"node", "sensor", "site", "district", "quantity", "unit"}, label) {
					t.Errorf("label %s changes while an alert looks", label)
				}
			}
		}
	case data.FrameTypeTable:
	default:
		t.Errorf("kind %q", kind)
	}
}

// Doubt is told, and no line is of raw and corrected values both.
func TestDoubtIsTold(t *testing.T) {
	f := newFake(t)
	f.series2()
	f.lists()
	s := f.source(t)
	frames := ask1(t, s, hour(`{"queryType":"readings","quantity":"pm2_5"}`)).Frames
	if len(frames) != 2 || frames[0].Rows() != 2 || frames[1].Rows() != 2 {
		t.Fatalf("%d frames", len(frames))
	}
	for _, f := range frames {
		name := f.Fields[1].Config.DisplayNameFromDS
		if !strings.HasSuffix(name, "SIMULASI") || strings.Contains(name, "terkoreksi") != strings.HasSuffix(f.Fields[1].Name, "_cor") {
			t.Errorf("%s is called %q", f.Fields[1].Name, name)
		}
	}
	frames = ask1(t, s, hour(`{"queryType":"readings","quantity":"pm2_5","values":"raw"}`)).Frames
	var got []string
	for i := range frames[0].Rows() {
		v, _ := frames[0].Fields[1].NullableFloatAt(i)
		if v == nil {
			got = append(got, "null")
		} else {
			got = append(got, fmt.Sprint(*v))
		}
	}
	if fmt.Sprint(got) != "[10 20 null 40]" {
		t.Errorf("shown: %v", got)
	}
	for _, want := range []string{"SIMULASI: 1 dari 1", "1 nilai buruk tidak ditampilkan", "1 nilai meragukan"} {
		if !strings.Contains(notices(frames[0]), want) {
			t.Errorf("notices %q, want %q", notices(frames[0]), want)
		}
	}
	latest := ask1(t, s, hour(`{"queryType":"latest"}`)).Frames[0]
	value, _ := latest.FieldByName("value")
	last, _ := latest.FieldByName("last_value")
	stale, _ := latest.FieldByName("stale")
	for i, want := range []string{"null 1.234 true", "null 99 false", "9.8 9.8 false"} {
		is := "null"
		if v := value.At(i).(*float64); v != nil { //nolint:forcetypeassert // the test sees
			is = fmt.Sprint(*v)
		}
		if got := fmt.Sprint(is, " ", last.At(i), " ", stale.At(i)); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
}

// Means are asked for where a panel cannot show every reading.
func TestMeansAreAskedFor(t *testing.T) {
	f := newFake(t)
	f.series2()
	s := f.source(t)
	for points, want := range map[int64]string{2000: "", 1000: "every=5s", 100: "every=60s"} {
		f.told()
		q := hour(`{"queryType":"readings","quantity":"pm2_5","values":"raw"}`)
		q.MaxDataPoints = points
		ask1(t, s, q)
		asked := strings.Join(f.told(), " ")
		if want == "" && strings.Contains(asked, "every") || !strings.Contains(asked, want) {
			t.Errorf("%d points: %s, want %q", points, asked, want)
		}
	}
	// There are more readings than the sensors' intervals say.
	f.answer("/api/v1/readings/series", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("every") == "" {
			http.Error(w, `{"detail":"more than 20000 readings"}`, http.StatusUnprocessableEntity)
			return
		}
		fmt.Fprint(w, `{"series":[]}`)
	})
	q := hour(`{"queryType":"readings","quantity":"pm2_5","values":"raw"}`)
	q.MaxDataPoints = 3600
	if got := ask1(t, s, q); got.Error != nil {
		t.Error(got.Error)
	}
}
