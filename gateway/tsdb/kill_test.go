package tsdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// killedAt is the first time that the killed writer writes, in milliseconds.
const killedAt = 1_700_000_000_000

// writeUntilKilled writes one point after the other and prints each when it is
// acknowledged, while the cache is brought to the disk again and again.
func writeUntilKilled(dir string) {
	e, err := Open(Options{Dir: dir, Addr: "127.0.0.1:0"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go func() {
		st, err := e.door.enter()
		for err == nil {
			for _, shard := range st.store.Shards(st.store.ShardIDs()) {
				err = errors.Join(err, st.caches.write(context.Background(), shard, false))
			}
		}
		fmt.Println(err)
	}()
	for i := 0; ; i++ {
		line := fmt.Sprintf("air,node=n%d pm2_5=%d %d", i%7, i, killedAt+int64(i))
		resp, err := http.Post(e.URL()+"/write?db=siaga&precision=ms", "", strings.NewReader(line))
		if err != nil || resp.StatusCode != http.StatusNoContent {
			fmt.Println("write failed", err)
			os.Exit(1)
		}
		_ = resp.Body.Close()
		fmt.Println(i)
	}
}

// TestKill kills a process that writes, as a power switch would, and wants
// every acknowledged point back, and the directory free.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	const enough = 200
	acknowledged := 0
	for lines := bufio.NewScanner(out); acknowledged < enough && lines.Scan(); acknowledged++ {
		if want := fmt.Sprint(acknowledged); lines.Text() != want {
			t.Fatalf("child says %q, want %q", lines.Text(), want)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // says that it was killed
	if acknowledged != enough {
		t.Fatalf("child wrote %d points, want %d", acknowledged, enough)
	}

	e := open(t, Options{Dir: dir})
	q := fmt.Sprintf("SELECT count(pm2_5) FROM air WHERE time < %dms", killedAt+enough)
	want := fmt.Sprintf(`{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","count"],"values":[[0,%d]]}]}]}`, enough)
	if got := ask(t, e, q); got != want {
		t.Errorf("after the kill: %s, want %s", got, want)
	}
	if a := call(t, http.MethodGet, e.URL(), "/query", url.Values{"db": {"siaga"}, "q": {`SHOW TAG VALUES WITH KEY = node`}}, nil, nil); !strings.Contains(a.body, `["node","n6"]`) {
		t.Errorf("index after the kill: %s", a.body)
	}
}
