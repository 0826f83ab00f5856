package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a person reads is Indonesian, and English where that is asked for; what is
// wrong has a remedy, and ends the program with an error.
func TestCheckSpeaksTwoLanguages(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "siaga.yaml")
	conf := "data_dir: " + t.TempDir() + "\nhttp: {addr: \"127.0.0.1:0\"}\nmqtt: {addr: \"127.0.0.1:0\"}\ninflux: {addr: \"" + taken.Addr().String() + "\"}\n"
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ lang, free, remedy, ends string }{
		{"", "belum dipakai", "atau pusat sudah berjalan", "belum semuanya siap"},
		{"en", "is free", "or a center runs already", "not everything is ready"},
	} {
		t.Setenv("SIAGA_LANG", tc.lang)
		out, err := run(t, "check", "--config", file)
		if err == nil || !strings.Contains(err.Error(), tc.ends) {
			t.Errorf("%q: %v", tc.lang, err)
		}
		if !strings.Contains(out, "✓ port http      127.0.0.1:0 "+tc.free) || !strings.Contains(out, "✗ port influx") || !strings.Contains(out, tc.remedy) {
			t.Errorf("%q: %s", tc.lang, out)
		}
	}
	if _, err := run(t, "check", "--config", file, "--lang", "jv"); err == nil || !strings.Contains(err.Error(), "--lang") {
		t.Error(err)
	}
}
