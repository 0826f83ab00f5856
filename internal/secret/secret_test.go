package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/secret"
)

func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"rahasia":         "rahasia",
		"rahasia\n":       "rahasia",
		"rahasia\r\n":     "rahasia",
		" with blanks \n": " with blanks ",
	} {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := secret.Read("mqtt.password_file", file); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	if got, err := secret.Read("k", ""); got != "" || err != nil {
		t.Errorf("no file: %q, %v", got, err)
	}
	if _, err := secret.Read("mqtt.password_file", "/nonexistent/secret"); err == nil || !strings.Contains(err.Error(), "mqtt.password_file") {
		t.Errorf("error %v, want it to name the key", err)
	}
}

// A file is read anew each time, and what cannot be read leaves the last in force.
func TestFileIsReadAnew(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("satu\n")
	f, err := secret.Open("influx.token_file", name)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what    string
		change  func()
		want    string
		problem string
	}{
		{"as it was", func() {}, "satu", ""},
		{"replaced", func() { write("dua\n") }, "dua", ""},
		{"emptied", func() { write("\n") }, "dua", "is empty"},
		{"removed", func() { _ = os.Remove(name) }, "dua", "influx.token_file"},
		{"there again", func() { write("tiga") }, "tiga", ""},
	} {
		step.change()
		got, err := f.Current()
		if got != step.want || (err != nil) != (step.problem != "") || err != nil && !strings.Contains(err.Error(), step.problem) {
			t.Errorf("%s: %q, %v, want %q and %q", step.what, got, err, step.want, step.problem)
		}
	}
	if _, err := secret.Open("influx.token_file", name+"x"); err == nil || !strings.Contains(err.Error(), "influx.token_file") {
		t.Errorf("no such file: %v", err)
	}
	none, err := secret.Open("influx.token_file", "")
	if got, nowErr := none.Current(); got != "" || err != nil || nowErr != nil {
		t.Errorf("no file: %q, %v, %v", got, err, nowErr)
	}
}
