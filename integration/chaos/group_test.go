//go:build integration

package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/integration/parts"
)

// group is some nodes in one process, each with its card.
type group struct {
	name, dir, logs string
	line            *line // that the nodes are at the end of
	broker          string
	seed            uint64
	villages        []int
	cards           map[string]*card // by node

	proc   *parts.Process
	orders io.WriteCloser
	said   *lastLine
}

func newGroup(name, dir, logs string, line *line, broker string, seed uint64, villages []int) *group {
	g := &group{name: name, dir: dir, logs: logs, line: line, broker: broker, seed: seed, villages: villages, cards: map[string]*card{}}
	for _, i := range villages {
		node := string(world.VillageAt(i).Node)
		g.cards[node] = newCard(node, filepath.Join(dir, node))
	}
	return g
}

// start starts the nodes (again). What a life before has left on their cards is
// read first.
func (g *group) start(t *testing.T) {
	t.Helper()
	g.read(t)
	order, err := json.Marshal(nodesOrder{g.broker, g.dir, g.villages, g.seed})
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := g.line.inside(exec.Command(self))
	cmd.Env = append(os.Environ(), asNodes+"="+string(order))
	g.said = &lastLine{}
	cmd.Stdout = g.said
	if g.orders, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	g.proc = parts.Start(t, g.logs, g.name, cmd)
}

// order tells the nodes something; a dead or paused fleet may not hear it.
func (g *group) order(what string) { _, _ = fmt.Fprintln(g.orders, what) }

// read reads the cards of the dead nodes.
func (g *group) read(t *testing.T) {
	t.Helper()
	for _, c := range g.cards {
		if err := c.read(); err != nil {
			t.Fatalf("read card: %v", err)
		}
	}
}

// lastLine is a writer that keeps the last whole line. It may be used
// concurrently.
type lastLine struct {
	mu         sync.Mutex
	line, rest []byte
}

func (l *lastLine) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	if i := bytes.LastIndexByte(l.rest, '\n'); i >= 0 {
		whole := l.rest[:i]
		l.line = bytes.Clone(whole[bytes.LastIndexByte(whole, '\n')+1:])
		l.rest = bytes.Clone(l.rest[i+1:])
	}
	return len(b), nil
}

// counts is what the nodes said last; ok is false before they said anything.
func (l *lastLine) counts() (n nodesSaid, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return n, json.Unmarshal(l.line, &n) == nil
}

// villageOf finds a node's number among the villages.
func villageOf(node string) int {
	for i := 0; ; i++ {
		if string(world.VillageAt(i).Node) == node {
			return i
		}
	}
}
