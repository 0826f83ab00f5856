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
