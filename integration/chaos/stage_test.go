//go:build integration

package chaos

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
)

// stage is a set-up with everything that can go wrong in it.
type stage struct {
	t    *testing.T
	dir  string
	seed uint64

	programs map[string]*program
	links    map[string]*link
	disks    map[string]*disk
	groups   []*group
	center   string // address of its API
	broker   string // its own address, beside all links
	db       parts.Database
	on       targets
}

// program is one that may be killed.
type program struct {
	start func(*testing.T)
	proc  func() *parts.Process
	// forget takes away what it keeps; nil where that is not its own to lose.
	forget func() error
	// down: it is dead on purpose. hurried: on its way out it was killed.
	down, hurried bool
}

func newStage(t *testing.T, dir string, seed uint64) *stage {
	return &stage{
		t: t, dir: dir, seed: seed,
		programs: map[string]*program{}, links: map[string]*link{}, disks: map[string]*disk{},
	}
}

// folder makes a folder in the stage's.
func (s *stage) folder(name string) string {
	s.t.Helper()
	dir := filepath.Join(s.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

func (s *stage) write(name, text string) string {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// link puts a link before a target and returns its address.
func (s *stage) link(name, target string) string {
	l := newLink(s.t, name, target)
	s.links[name] = l
	s.on.links = append(s.on.links, name)
	return l.Addr
}

// dataDir is a folder on a disk of its own where that can be had.
func (s *stage) dataDir(name, bytes string) string {
	dir := filepath.Join(s.dir, name)
	if os.Getuid() != 0 {
		return s.folder(name)
	}
	s.disks[name] = newDisk(s.t, dir, bytes)
	s.on.disks = append(s.on.disks, name)
	return dir
}

func (s *stage) add(name string, p *program) {
	s.programs[name] = p
	s.on.programs = append(s.on.programs, name)
	if p.forget != nil {
		s.on.forgets = append(s.on.forgets, name)
	}
}

// siaga adds one of our programs and starts it.
func (s *stage) siaga(name string, args ...string) {
	logs := s.folder("logs")
	var proc *parts.Process
	p := &program{
		start: func(t *testing.T) { proc = parts.Start(t, logs, name, parts.Program("siaga", args...)) },
		proc:  func() *parts.Process { return proc },
	}
	p.start(s.t)
	s.add(name, p)
}

const fleets = 3

// fleets adds nodes in some processes, each behind a link of its own.
func (s *stage) addFleets(nodes int) {
	for i := range fleets {
		name := fmt.Sprintf("fleet-%d", i+1)
		var villages []int
		for n := i; n < nodes; n += fleets {
			villages = append(villages, n)
		}
		g := newGroup(name, s.folder(name), s.folder("logs"), s.link(name+"→broker", s.broker), s.seed, villages)
		g.start(s.t)
		s.groups = append(s.groups, g)
		s.add(name, &program{start: g.start, proc: func() *parts.Process { return g.proc }})
		for node := range g.cards {
			s.on.nodes = append(s.on.nodes, node)
		}
	}
	slices.Sort(s.on.nodes)
}

// newExternal is a center that has outgrown one machine: Mosquitto, InfluxDB, two
// ingesters and a registry.
func newExternal(t *testing.T, dir string, seed uint64, nodes int) *stage {
	t.Helper()
	s := newStage(t, dir, seed)
	sample, err := os.ReadFile("../../configs/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	broker, influx := parts.NewMosquitto(t, s.folder("mosquitto"), string(sample)), parts.NewInfluxd(t, s.folder("influxd"))
	s.broker, s.db, s.center = broker.Addr, influx.Database, parts.FreeAddr(t)
	s.addFirst(broker, influx)
	s.siaga("center", "up", "--demo", "0", "--config", s.write("center.yaml", fmt.Sprintf(
		"data_dir: %q\nhttp: {addr: %q}\nmqtt: {url: %q}\ninflux: {url: %q}\n",
		s.folder("center"), s.center, "tcp://"+s.link("center→broker", s.broker), "http://"+s.link("center→influx", s.db.Addr))))
	for _, name := range []string{"ingest-1", "ingest-2"} {
		s.siaga(name, "ingest", "--config", s.write(name+".yaml", fmt.Sprintf(
			"data_dir: %q\nmqtt: {url: %q}\ninflux: {url: %q}\ncenter: {url: %q}\ningest: {name: %s, demo: true, reserve_bytes: 4194304}\n",
			s.dataDir(name, "96m"), "tcp://"+s.link(name+"→broker", s.broker), "http://"+s.link(name+"→influx", s.db.Addr),
			"http://"+s.link(name+"→center", s.center), name)))
		s.on.ingesters = append(s.on.ingesters, name)
	}
	s.ready()
	s.addFleets(nodes)
	return s
}

// addFirst adds the parts that are not ours.
func (s *stage) addFirst(broker *parts.Mosquitto, influx *parts.Influxd) {
	s.add("broker", &program{
		start:  func(t *testing.T) { broker.Start(t) },
		proc:   func() *parts.Process { return broker.Proc },
		forget: broker.Forget,
	})
	s.add("influx", &program{
		start: func(t *testing.T) { influx.Start(t) },
		proc:  func() *parts.Process { return influx.Proc },
	})
}

// newMachine is a center on one machine, all parts embedded.
func newMachine(t *testing.T, dir string, seed uint64, nodes int) *stage {
	t.Helper()
	s := newStage(t, dir, seed)
	s.center, s.broker, s.db = parts.FreeAddr(t), parts.FreeAddr(t), parts.Database{Addr: parts.FreeAddr(t)}
	s.siaga("center", "up", "--demo", "0", "--config", s.write("center.yaml", fmt.Sprintf(
		"data_dir: %q\nhttp: {addr: %q}\nmqtt: {addr: %q}\ninflux: {addr: %q}\ningest: {reserve_bytes: 4194304}\n",
		s.dataDir("center", "512m"), s.center, s.broker, s.db.Addr)))
	s.ready()
	s.addFleets(nodes)
	return s
}

// ready waits until the center is.
func (s *stage) ready() {
	s.t.Helper()
	parts.Eventually(s.t, 30*time.Second, "center ready", func() error {
		var body struct {
			Ready bool `json:"ready"`
		}
		if err := s.ask("/readyz", &body); err != nil {
			return err
		}
		if !body.Ready {
			return fmt.Errorf("it is not")
		}
		return nil
	})
}

var asking = http.Client{Timeout: 10 * time.Second}

// ask asks the center's API.
func (s *stage) ask(path string, answer any) error {
	resp, err := asking.Get("http://" + s.center + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}
