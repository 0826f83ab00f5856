package tsdb

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/influxdata/influxdb/tsdb/engine/tsm1"
)

// Caches are freed while others write into them: all of it is found, and from the files.
func TestFreedWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	st, err := e.door.enter()
	if err != nil {
		t.Fatal(err)
	}
	defer e.door.leave()
	engine, flush := theShard(t, e)
	stop := make(chan struct{})
	var background sync.WaitGroup
	background.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				st.freeCaches([]*tsm1.Cache{engine.Cache})
			}
		}
	})
	const points = 400
	for n := range points {
		write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt+n))
		if err := flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	background.Wait()
	want := fmt.Sprintf("[[0,%d]]", points)
	for what, from := range map[string]*Engine{"": e, "killed": open(t, Options{Dir: asKilled(t, dir)})} {
		if got := ask(t, from, "SELECT count(pm2_5) FROM air"); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
}

// An idle shard is freed once, takes more as before, and is then idle no longer.
func TestIdleShardIsFreed(t *testing.T) {
	e := open(t, Options{})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	st, err := e.door.enter()
	if err != nil {
		t.Fatal(err)
	}
	defer e.door.leave()
	_, flush := theShard(t, e)
	if idle := st.free(nil, slog.Default()); len(idle) > 0 {
		t.Errorf("idle with a reading in memory: %v", idle)
	}
	if err := flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var idle map[uint64]bool
	for range 2 {
		if idle = st.free(idle, slog.Default()); len(idle) != 1 {
			t.Errorf("idle %v", idle)
		}
	}
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt+1))
	if idle := st.free(idle, slog.Default()); len(idle) > 0 {
		t.Errorf("idle with a reading in memory: %v", idle)
	}
	if got := ask(t, e, "SELECT count(pm2_5) FROM air"); !strings.Contains(got, "[[0,2]]") {
		t.Errorf("found %s", got)
	}
}
