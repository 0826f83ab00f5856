package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestManyNodesAreToldInTurns tells 450 nodes of an address; the center fails at
// the last of the requests, and is whole again when the line is given once more.
func TestManyNodesAreToldInTurns(t *testing.T) {
	all := make([]map[string]any, 450)
	for i := range all {
		all[i] = map[string]any{"node": fmt.Sprintf("desa-%03d", i)}
	}
	told, broken := map[string]int{}, true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			json.NewEncoder(w).Encode(map[string]any{"nodes": all})
			return
		}
		var in struct {
			Nodes []string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Nodes) == 0 || len(in.Nodes) > atOnce {
			t.Errorf("%d nodes in one request, %v", len(in.Nodes), err)
		}
		if broken && len(told) >= 400 {
			http.Error(w, `{"title":"Service Unavailable","status":503,"detail":"diska penuh"}`, http.StatusServiceUnavailable)
			return
		}
		var out []toldAnswer
		for _, n := range in.Nodes {
			told[n]++
			out = append(out, toldAnswer{Node: n, Version: 2, Sent: told[n] == 1})
		}
		json.NewEncoder(w).Encode(map[string]any{"nodes": out})
	}))
	defer srv.Close()
	line := []string{"node", "config", "center", "--center", srv.URL, "--all", "--address", "pusat:8883", "--reason", "pindah"}
	if out, err := run(t, line...); err == nil || !strings.Contains(err.Error(), "400 dari 450") || !strings.Contains(out, "200 dari 450 node\n") {
		t.Errorf("%v\n%s", err, out)
	}
	broken = false
	out, err := run(t, line...)
	if err != nil || !strings.Contains(out, "450 dari 450 node\n") || len(told) != 450 {
		t.Errorf("%v: %d are told\n%.300s", err, len(told), out)
	}
	if n := strings.Count(out, "versi 2 dikirim"); n != 50 {
		t.Errorf("%d nodes are told for the first time, want 50", n)
	}
}
