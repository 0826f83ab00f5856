package tsdb

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/smalldisk"
)

// TestFullDisk fills the disk under an engine that reserves nothing, so that the
// engine itself meets the end of it, with so many pages left that another file is
// the first to meet it each time. When there is room again, everything is to be
// taken, without a restart, and what was acknowledged is to be there, also after
// one.
func TestFullDisk(t *testing.T) {
	smalldisk.Run(t, func(t *testing.T) {
		for _, pages := range []int{0, 1, 2, 5, 8, 17, 45} {
			t.Run(fmt.Sprintf("%d pages", pages), func(t *testing.T) {
				t.Parallel()
				fullDisk(t, pages)
			})
		}
	})
}

func fullDisk(t *testing.T, pages int) {
	disk := smalldisk.Mount(t, 48<<20)
	opt := Options{Dir: filepath.Join(disk, "influx"), ReserveBytes: -1}
	e := open(t, opt)
	const week = 7 * 24 * 3600 * 1000
	acknowledged := map[string]bool{}
	// post writes a new field of new nodes into one of three shards.
	post := func(kind string, n, nodes int) answer {
		var lines strings.Builder
		for i := range nodes {
			fmt.Fprintf(&lines, "air,node=%s-%d-%d pm%d=1 %d\n", kind, n, i, n%8, killedAt+n%3*week)
		}
		a := call(t, http.MethodPost, e.URL(), "/write", url.Values{"db": {DefaultDatabase}, "precision": {"ms"}}, strings.NewReader(lines.String()), nil)
		switch a.code {
		case http.StatusNoContent:
			for i := range nodes {
				acknowledged[fmt.Sprintf("%s-%d-%d", kind, n, i)] = true
			}
		case http.StatusServiceUnavailable:
		default:
			t.Errorf("%s %d: %d %s", kind, n, a.code, a.body)
		}
		return a
	}
	post("before", 0, 1)
	free, err := smalldisk.Fill(disk, int64(pages*os.Getpagesize()))
	if err != nil {
		t.Fatal(err)
	}
	var refused answer
	for n, left := 0, 5; left > 0; n++ {
		if a := post("full", n, 1+n*n%700); a.code != http.StatusNoContent {
			refused = a
			left--
		}
	}
	if refused.header.Get("Retry-After") == "" || !strings.Contains(refused.body, "opened again by itself") {
		t.Errorf("with a full disk: %d %v %s", refused.code, refused.header, refused.body)
	}
	if s, err := e.Snapshot(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("snapshot on a full disk: %v, %v", s, err)
	}
	if got := ask(t, e, "SELECT count(pm0) FROM air"); !strings.Contains(got, "[0,") {
		t.Errorf("read from a full disk: %s", got)
	}
	if pages%2 == 1 { // a restart in between
		if err := e.Close(); err != nil {
			t.Errorf("close with a full disk: %v", err)
		}
	}
	if err := free(); err != nil {
		t.Fatal(err)
	}
	if pages%2 == 1 {
		e = open(t, opt)
	}
	for n := range 12 {
		for try := 0; post("after", n, 1).code != http.StatusNoContent; try++ {
			if try == 100 || t.Failed() {
				t.Fatalf("after: %+v", e.Stats())
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	stored(t, e, acknowledged)
	if s := e.Stats(); s.Reopened == 0 && pages%2 == 0 || s.Refusing != "" || len(s.UnopenedShards) > 0 {
		t.Errorf("%+v", s)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	e = open(t, opt)
	stored(t, e, acknowledged)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// stored wants a reading of every node, and every node in the index.
func stored(t *testing.T, e *Engine, nodes map[string]bool) {
	t.Helper()
	for query, found := range map[string]string{
		"SHOW TAG VALUES WITH KEY = node":        `\["node","([^"]+)"\]`,
		"SELECT count(*) FROM air GROUP BY node": `"tags":\{"node":"([^"]+)"\}`,
	} {
		there := map[string]bool{}
		for _, node := range regexp.MustCompile(found).FindAllStringSubmatch(ask(t, e, query), -1) {
			there[node[1]] = true
		}
		for node := range nodes {
			if !there[node] {
				t.Errorf("%s: %s was acknowledged and is lost", query, node)
			}
		}
	}
}
