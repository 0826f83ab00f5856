package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNothingSteersTheTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := terminal{file}
	for text, want := range map[string]string{
		"PM2.5\t12,5 µg/m³ ▀▄█\n": "PM2.5\t12,5 µg/m³ ▀▄█\n",
		"\x1b[2J\x1b]0;judul\x07": `\x1b[2J\x1b]0;judul\x07`,
		"aman\rBAHAYA\x7f":        `aman\x0dBAHAYA\x7f`,
		"\u009b31m":               `\x9b31m`,
		"\x9b31m":                 `\x9b31m`,
		"\u202Eterbalik\u2066":    `\u202eterbalik\u2066`,
		"\x00":                    `\x00`,
	} {
		if err := file.Truncate(0); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		for _, write := range []func() (int, error){
			func() (int, error) { return out.Write([]byte(text)) },
			func() (int, error) { return out.WriteString(text) },
		} {
			if n, err := write(); err != nil || n != len(text) {
				t.Fatalf("%q: wrote %d, %v", text, n, err)
			}
		}
		got, err := os.ReadFile(file.Name())
		if err != nil || string(got) != want+want {
			t.Errorf("%q was shown as %q, %v", text, got, err)
		}
	}
	if shown(file) != file || isTerminal(file) || !isTerminal(out) {
		t.Error("a file is no terminal, and keeps its bytes")
	}
}
