package main

import (
	"strings"
	"testing"
)

func TestStatusNamesTheWalls(t *testing.T) {
	var asked []string
	// As gateway/api writes it.
	url := fakeCenter(t, "/api/v1/status", `{"time":"2026-01-02T03:04:05.000Z","accepting":true,
		"walls":[{"id":"ruang-utama","newest":"2026-01-02T03:04:04.000Z","seen":"2026-01-02T03:04:00.000Z"}]}`, &asked)
	out, err := run(t, "status", "--center", url)
	if err != nil || !strings.Contains(out, "ruang-utama") || !strings.Contains(out, "5s lalu") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
}

func TestANegativeDemoIsRefused(t *testing.T) {
	if _, err := run(t, "up", "--demo", "-1", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "--demo -1") {
		t.Errorf("error %v, want it to name the flag", err)
	}
}
