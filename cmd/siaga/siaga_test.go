package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run executes the command line and returns what it printed.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := command()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// fakeCenter answers path with body and notes what was asked.
func fakeCenter(t *testing.T, path, body string, asked *[]string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		*asked = append(*asked, r.Method+" "+r.URL.Path+" "+strings.TrimSpace(b.String()))
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestQuarantineActsOnWhatWasNamed(t *testing.T) {
	var asked []string
	url := fakeCenter(t, "/api/v1/quarantine/replay", `{"done":1,"failed":1,"failures":[{"id":5,"reason":"still simulated"}]}`, &asked)
	out, err := run(t, "quarantine", "replay", "4", "5", "--center", url)
	if err == nil || !strings.Contains(out, "still simulated") {
		t.Errorf("error %v, output %q: want the entry that is still refused in both", err, out)
	}
	if _, err := run(t, "quarantine", "replay", "--all", "--center", url); err == nil {
		t.Error("no error though an entry failed")
	}
	want := []string{
		`POST /api/v1/quarantine/replay {"ids":[4,5]}`,
		`POST /api/v1/quarantine/replay {"ids":null}`,
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"quarantine", "drop"}, "--all"},
		{[]string{"quarantine", "drop", "1", "--all"}, "--all"},
		{[]string{"quarantine", "drop", "one"}, `"one"`},
		{[]string{"status", "--center", "http://127.0.0.1:1"}, "siaga up"},
		{[]string{"up", "--config", "/nonexistent/siaga.yaml"}, "/nonexistent/siaga.yaml"},
		{[]string{"up", "--http", ""}, "http.addr"},
		{[]string{"up", "--demo", "-1"}, "--demo"},
		{[]string{"ingest", "--config", "/nonexistent/siaga.yaml"}, "/nonexistent/siaga.yaml"},
	} {
		if _, err := run(t, tc.args...); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: error %v, want it to name %s", tc.args, err, tc.want)
		}
	}
}

// TestHelpIsInBothLanguages holds every command and flag to a text that begins in
// Indonesian and says the same in English, in parentheses; names alone need none.
func TestHelpIsInBothLanguages(t *testing.T) {
	names := map[string]bool{"JSON": true, "EMQX 5": true, "Eclipse Mosquitto 2": true, "model": true, "RANK:NAME:COLOUR[:RISING:FALLING]": true}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "completion" {
			return // its commands are cobra's
		}
		if !names[cmd.Short] && !strings.HasSuffix(cmd.Short, ")") {
			t.Errorf("%s: %q", cmd.CommandPath(), cmd.Short)
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !names[f.Usage] && !regexp.MustCompile(`^[^(`+"`"+`]+ \(.+\)[^(]*$`).MatchString(f.Usage) {
				t.Errorf("%s --%s: %q", cmd.CommandPath(), f.Name, f.Usage)
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(command())
}
