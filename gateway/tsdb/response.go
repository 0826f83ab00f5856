package tsdb

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/influxdata/influxdb/query"
)

// response is the 200 answer to a query, in the format and encoding that the
// client accepts. Errors of writing mean that the client is gone, which the
// request's context says as well; they are not reported twice.
type response struct {
	http   http.ResponseWriter
	body   io.Writer
	zip    *gzip.Writer // nil when the client does not accept it
	encode func(io.Writer, []*query.Result)
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	out := &response{http: w, body: w}
	h := w.Header()
	if format := acceptedCSV(r.Header.Values("Accept")); format != "" {
		h.Set("Content-Type", format)
		out.encode = (&csvEncoder{statement: -1}).encode
	} else {
		h.Set("Content-Type", "application/json")
		pretty := r.Form.Get("pretty") == "true"
		out.encode = func(w io.Writer, rs []*query.Result) { encodeJSON(w, rs, pretty) }
	}
	h.Add("Vary", "Accept, Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		// The fastest: most readers are on this machine.
		out.zip, _ = gzip.NewWriterLevel(w, gzip.BestSpeed)
		out.body = out.zip
	}
	return out
}

// write appends results to the answer.
func (o *response) write(results []*query.Result) { o.encode(o.body, results) }

// flush sends what was written so far.
func (o *response) flush() {
	if o.zip != nil {
		_ = o.zip.Flush()
	}
	if f, ok := o.http.(http.Flusher); ok {
		f.Flush()
	}
}

// close ends the answer.
func (o *response) close() {
	if o.zip != nil {
		_ = o.zip.Close()
	}
}

// acceptedCSV returns the CSV media type that the Accept headers prefer to
// JSON, or "".
func acceptedCSV(headers []string) string {
	type choice struct {
		media string
		q     float64
	}
	var choices []choice
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			media, params, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			q := 1.0
			if s, ok := params["q"]; ok {
				// What is not a number counts as 0, as in 1.8.
				q, _ = strconv.ParseFloat(s, 64)
			}
			choices = append(choices, choice{media, q})
		}
	}
	slices.SortStableFunc(choices, func(a, b choice) int {
		switch {
		case a.q > b.q:
			return -1
		case a.q < b.q:
			return 1
		}
		return 0
	})
	for _, c := range choices {
		switch c.media {
		case "text/csv", "application/csv":
			return c.media
		case "text/*":
			return "text/csv"
		case "application/json", "application/*", "*/*":
			return ""
		}
	}
	return ""
}

// encodeJSON writes one JSON object and a line end. What JSON cannot say
// (an infinite quotient) makes the whole answer an error, as in 1.8.
func encodeJSON(w io.Writer, results []*query.Result, pretty bool) {
	e := json.NewEncoder(w)
	if pretty {
		e.SetIndent("", "    ")
	}
	err := e.Encode(struct {
		Results []*query.Result `json:"results,omitempty"`
	}{results})
	var unsupported *json.UnsupportedValueError
	if errors.As(err, &unsupported) {
		_ = e.Encode(map[string]string{"error": unsupported.Error()})
	}
}
