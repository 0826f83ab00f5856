package tsdb

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// other is a database beside the one that a reader reads.
const other = "rahasia"

// reader is an engine with another database, and its Reader's address.
func reader(t *testing.T) (*Engine, string) {
	t.Helper()
	e := open(t, Options{AdminToken: testToken})
	if a := call(t, http.MethodPost, e.URL(), "/query", url.Values{"q": {"CREATE DATABASE " + other}}, nil, http.Header{"Authorization": {"Token " + testToken}}); a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.body)
	}
	write(t, e, "air,node=n1 pm2_5=1 1700000000000")
	if a := call(t, http.MethodPost, e.URL(), "/write", url.Values{"db": {other}}, strings.NewReader("terkunci,node=n1 kode=7"), nil); a.code != http.StatusNoContent {
		t.Fatalf("%d %s", a.code, a.body)
	}
	s := httptest.NewServer(e.Reader())
	t.Cleanup(s.Close)
	return e, s.URL
}

// Whoever asks, and however, changes nothing, reads one database, and is told nothing
// that 1.8 keeps for admins.
func TestReaderReadsOneDatabase(t *testing.T) {
	e, base := reader(t)
	for _, q := range []string{
		"SELECT * INTO copy FROM air", "EXPLAIN ANALYZE SELECT * INTO copy FROM air", "SELECT * INTO " + other + "..copy FROM air",
		"SELECT pm2_5 FROM air; DROP MEASUREMENT air", "DELETE FROM air", "DROP DATABASE siaga", "CREATE DATABASE x", "KILL QUERY 1",
		"SELECT * FROM " + other + ".autogen.terkunci", "SELECT * FROM " + other + "../terk/", "SELECT * FROM air, " + other + "..terkunci",
		"SELECT pm2_5 FROM air; SELECT kode FROM " + other + "..terkunci", "SELECT max(kode) FROM (SELECT kode FROM " + other + "..terkunci)",
		"EXPLAIN ANALYZE SELECT * FROM " + other + "..terkunci", "EXPLAIN SELECT * FROM " + other + "..terkunci",
		"SHOW MEASUREMENTS ON " + other, "SHOW SERIES ON " + other, "SHOW SERIES FROM " + other + "..terkunci", "SHOW TAG KEYS ON " + other,
		"SHOW TAG VALUES ON " + other + " WITH KEY = node", "SHOW TAG VALUES FROM " + other + "..terkunci WITH KEY = node",
		"SHOW FIELD KEYS ON " + other, "SHOW FIELD KEYS FROM " + other + "..terkunci", "SHOW RETENTION POLICIES ON " + other,
		"SHOW SERIES CARDINALITY ON " + other, "SHOW SERIES EXACT CARDINALITY FROM " + other + "..terkunci", "SHOW MEASUREMENT CARDINALITY ON " + other,
		"SHOW TAG KEY CARDINALITY ON " + other, "SHOW TAG VALUES EXACT CARDINALITY ON " + other + " WITH KEY = node", "SHOW FIELD KEY EXACT CARDINALITY ON " + other,
		"SHOW STATS", "SHOW DIAGNOSTICS", "SHOW SHARDS", "SHOW SHARD GROUPS", "SHOW SUBSCRIPTIONS", "SHOW USERS", "SHOW GRANTS FOR budi",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, db := range []string{"", DefaultDatabase} {
				a := call(t, method, base, "/", url.Values{"q": {q}, "db": {db}}, nil, http.Header{"Authorization": {"Token " + testToken}})
				if a.code != http.StatusForbidden {
					t.Errorf("%s %s: %d %s", method, q, a.code, a.body)
				}
			}
		}
	}
	for _, form := range []url.Values{
		{"q": {"SELECT * FROM terkunci"}, "db": {other}},
		{"q": {"SELECT * FROM terkunci"}, "db": {other, DefaultDatabase}},
		{"q": {"SHOW DATABASES"}, "db": {"_internal"}},
	} {
		if a := call(t, http.MethodGet, base, "/", form, nil, nil); a.code != http.StatusForbidden {
			t.Errorf("%v: %d %s", form, a.code, a.body)
		}
	}
	// A form's fields go before the address's.
	body := strings.NewReader(url.Values{"q": {"DROP MEASUREMENT air"}}.Encode())
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if a := call(t, http.MethodPost, base, "/", url.Values{"q": {"SELECT pm2_5 FROM air"}}, body, form); a.code != http.StatusForbidden {
		t.Errorf("in a form: %d %s", a.code, a.body)
	}
	if a := call(t, http.MethodGet, base, "/", url.Values{"q": {"SHOW DATABASES"}}, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}); a.code != http.StatusForbidden {
		t.Errorf("another page: %d %s", a.code, a.body)
	}
	for q, want := range map[string]string{
		"SELECT pm2_5 FROM air":                           "[1700000000000,1]",
		"SELECT pm2_5 FROM siaga.autogen.air":             "[1700000000000,1]",
		"SELECT max(m) FROM (SELECT pm2_5 AS m FROM air)": `"max"`,
		"SHOW DATABASES":                                  `"values":[["siaga"]]`,
		"SHOW MEASUREMENTS":                               `"values":[["air"]]`,
		"SHOW TAG VALUES ON siaga WITH KEY = node":        "n1",
		"SHOW RETENTION POLICIES":                         "autogen",
		"EXPLAIN SELECT pm2_5 FROM air":                   "QUERY PLAN",
	} {
		if a := call(t, http.MethodGet, base, "/", url.Values{"q": {q}, "epoch": {"ms"}}, nil, nil); a.code != http.StatusOK || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s, want %s", q, a.code, a.body, want)
		}
	}
	if got := ask(t, e, "SELECT count(pm2_5) FROM air; SHOW MEASUREMENTS"); !strings.Contains(got, "[0,1]") || strings.Contains(got, "copy") {
		t.Errorf("afterwards: %s", got)
	}
}

// What a reader asks for is never whole in memory, and its places are not all.
func TestReaderIsBounded(t *testing.T) {
	e, base := reader(t)
	var lines strings.Builder
	for i := range defaultChunkRows + 1 {
		lines.WriteString("rapat v=1 " + strconv.Itoa(1_700_000_000_000+i) + "\n")
	}
	write(t, e, lines.String())
	a := call(t, http.MethodGet, base, "/", url.Values{"q": {"SELECT v FROM rapat"}, "chunked": {"true"}, "chunk_size": {"1000000000"}}, nil, nil)
	chunks := 0
	for d := json.NewDecoder(strings.NewReader(a.body)); ; chunks++ {
		if err := d.Decode(new(any)); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if chunks != 2 {
		t.Errorf("%d chunks", chunks)
	}

	e.readers = newGate(0, 0)
	if a := call(t, http.MethodGet, base, "/", url.Values{"q": {"SHOW DATABASES"}}, nil, nil); a.code != http.StatusServiceUnavailable {
		t.Errorf("without a place: %d", a.code)
	}
	if got := ask(t, e, "SHOW DATABASES"); !strings.Contains(got, "siaga") {
		t.Errorf("the center's own: %s", got)
	}
	if runningReaders >= runningQueries || runningReaders+waitingReaders >= runningQueries+waitingQueries {
		t.Error("readers may take all places")
	}
}
