//go:build integration

package chaos

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
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

	lines bool // whether there can be any

	programs map[string]*program
	links    map[string]interface{ set(trouble) error } // and lines
	disks    map[string]*disk
	groups   []*group
	center   string // address of its API
	registry string // its file
	token    string // file with what ingesters show it
	broker   string // its own address, beside all links
	db       parts.Database
	on       targets
}

// program is one that may be killed.
type program struct {
	start func(*testing.T)
	proc  func() *parts.Process
	// began reports whether it has said anything since its start; nil where start
	// waits until it answers. Only then it obeys SIGTERM.
	began func() bool
	// forget takes away what it keeps; nil where that is not its own to lose.
	forget func() error
	// down: it is dead on purpose. hurried: on its way out it was killed.
	down, hurried bool
}

func newStage(t *testing.T, dir string, seed uint64, lines bool) *stage {
	return &stage{
		t: t, dir: dir, seed: seed, lines: lines, registry: filepath.Join(dir, "center", "registry.db"),
		programs: map[string]*program{}, links: map[string]interface{ set(trouble) error }{}, disks: map[string]*disk{},
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

// link puts a link before a target and returns its address, for a program at the
// end of a line.
func (s *stage) link(from *line, name, target string) string {
	l := newLink(s.t, from.host(), target)
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

// siaga adds one of our programs, at the end of a line, and starts it.
func (s *stage) siaga(at *line, name string, args ...string) {
	logs := s.folder("logs")
	said := func() int64 {
		info, err := os.Stat(filepath.Join(logs, name+".stderr"))
		if err != nil {
			return 0
		}
		return info.Size()
	}
	var proc *parts.Process
	var before int64
	p := &program{
		start: func(t *testing.T) {
			before = said()
			proc = parts.Start(t, logs, name, at.inside(parts.Program("siaga", args...)))
		},
		proc:  func() *parts.Process { return proc },
		began: func() bool { return said() > before },
	}
	p.start(s.t)
	s.add(name, p)
}

const fleets = 3

// addFleets adds nodes in some processes. The last is at the end of a line; each
// reaches the broker by a link of its own, or the last at an address.
func (s *stage) addFleets(nodes int, village *line, broker string) {
	for i := range fleets {
		name := fmt.Sprintf("fleet-%d", i+1)
		var villages []int
		for n := i; n < nodes; n += fleets {
			villages = append(villages, n)
		}
		var at *line
		addr := broker
		if i == fleets-1 {
			at = village
		}
		if at == nil || addr == "" {
			addr = s.link(at, name+"→broker", s.broker)
		}
		g := newGroup(name, s.folder(name), s.folder("logs"), at, addr, s.seed, villages)
		g.start(s.t)
		s.groups = append(s.groups, g)
		s.add(name, &program{
			start: g.start,
			proc:  func() *parts.Process { return g.proc },
			began: func() bool { _, ok := g.said.counts(); return ok },
		})
		for node := range g.cards {
			s.on.nodes = append(s.on.nodes, node)
		}
	}
	slices.Sort(s.on.nodes)
}

// newExternal is a center that has outgrown one machine: Mosquitto, InfluxDB, two
// ingesters and a registry. One ingester and some nodes are elsewhere, and have
// nothing between them and Mosquitto but their lines.
func newExternal(t *testing.T, dir string, seed uint64, nodes int, lines bool) *stage {
	t.Helper()
	s := newStage(t, dir, seed, lines)
	sample, err := os.ReadFile("../../configs/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	config := string(sample)
	// far makes a line and has the broker listen at its address here.
	far := func(name string) (l *line, broker string) {
		if l = s.line(name); l == nil {
			return nil, ""
		}
		_, port, _ := net.SplitHostPort(parts.FreeAddr(t))
		config += fmt.Sprintf("\nlistener %s %s\n", port, l.host())
		return l, net.JoinHostPort(l.host(), port)
	}
	village, villageBroker := far("fleet-3 line")
	office, officeBroker := far("ingest-2 line")
	broker, influx := parts.NewMosquitto(t, s.folder("mosquitto"), config), parts.NewInfluxd(t, s.folder("influxd"))
	s.broker, s.db, s.center = broker.Addr, influx.Database, parts.FreeAddr(t)
	s.addFirst(broker, influx)
	// One ingester reports from another machine, as the center sees it.
	s.token = s.write("report-token", rand.Text()+"\n")
	s.siaga(nil, "center", "up", "--demo", "0", "--config", s.write("center.yaml", fmt.Sprintf(
		"data_dir: %q\nhttp: {addr: %q, report_token_file: %q}\nmqtt: {url: %q}\ninflux: {url: %q}\n",
		s.folder("center"), s.center, s.token, "tcp://"+s.link(nil, "center→broker", s.broker), "http://"+s.link(nil, "center→influx", s.db.Addr))))
	s.ingester(nil, "ingest-1", s.link(nil, "ingest-1→broker", s.broker))
	if office == nil {
		officeBroker = s.link(nil, "ingest-2→broker", s.broker)
	}
	s.ingester(office, "ingest-2", officeBroker)
	s.ready()
	s.addFleets(nodes, village, villageBroker)
	return s
}

func (s *stage) ingester(at *line, name, broker string) {
	s.siaga(at, name, "ingest", "--config", s.write(name+".yaml", fmt.Sprintf(
		"data_dir: %q\nmqtt: {url: %q}\ninflux: {url: %q}\ncenter: {url: %q, token_file: %q}\ningest: {name: %s, demo: true, reserve_bytes: 4194304}\n",
		s.dataDir(name, "96m"), "tcp://"+broker, "http://"+s.link(at, name+"→influx", s.db.Addr),
		"http://"+s.link(at, name+"→center", s.center), s.token, name)))
	s.on.ingesters = append(s.on.ingesters, name)
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

// newMachine is a center on one machine, all parts embedded. It listens for itself
// only: what comes over a line is handed on to it.
func newMachine(t *testing.T, dir string, seed uint64, nodes int, lines bool) *stage {
	t.Helper()
	s := newStage(t, dir, seed, lines)
	s.center, s.broker, s.db = parts.FreeAddr(t), parts.FreeAddr(t), parts.Database{Addr: parts.FreeAddr(t)}
	s.siaga(nil, "center", "up", "--demo", "0", "--config", s.write("center.yaml", fmt.Sprintf(
		"data_dir: %q\nhttp: {addr: %q}\nmqtt: {addr: %q}\ninflux: {addr: %q}\ningest: {reserve_bytes: 4194304}\n",
		s.dataDir("center", "192m"), s.center, s.broker, s.db.Addr)))
	s.ready()
	s.addFleets(nodes, s.line("fleet-3 line"), "")
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
