package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/wire"
)

// well returns a node on which all is well.
func well() Deps {
	cfg := edge.DefaultConfig()
	cfg.Node, cfg.Site = "sutojayan-01", "35.05.12.1001"
	cfg.MQTT.URL = "tcp://127.0.0.1:1883"
	cfg.Sensors = []edge.SensorConfig{{ID: "bme-1", Driver: "bme280", Options: map[string]any{"i2c": "1"}}}
	ack, age, days := 4.0, 3.0, 60.0
	return Deps{
		ConfigFile: "/etc/siaga/siaga-edge.yaml",
		Config:     cfg,
		Agent: func(context.Context) (edge.Snapshot, error) {
			return edge.Snapshot{
				Node: "sutojayan-01", Version: "1.2.3", Clock: wire.Synced,
				Broker:  edge.BrokerSnapshot{Connected: true, AckAgoS: &ack},
				Centers: []edge.CenterSnapshot{{Ingester: "pusat", Accepting: true}},
				Queue:   edge.QueueSnapshot{Packs: 1, DiskBytes: 4 << 20, MaxBytes: 512 << 20, OldestAgeS: &age, DaysLeft: &days},
				Sensors: []edge.SensorSnapshot{{
					ID: "bme-1", Model: "Bosch BME280", Health: "ok",
					Values: []edge.ValueSnapshot{{Quantity: "temperature", TitleID: "Suhu", TitleEN: "Temperature", Unit: "°C", Raw: 27.5}},
				}},
			}, nil
		},
		Sensors: func(context.Context) ([]edge.SensorSnapshot, error) {
			return nil, errors.New("sensors were opened beside the agent")
		},
		Active: func(context.Context) bool { return false },
		Queue: func() (edge.QueueSnapshot, error) {
			return edge.QueueSnapshot{}, errors.New("the queue was opened beside the agent")
		},
		Identity: func() (*enrol.Identity, error) { return nil, enrol.ErrNone },
		Handshake: func(context.Context, *enrol.Identity, string) (tls.ConnectionState, error) {
			return tls.ConnectionState{}, errors.New("a handshake without an identity")
		},
		Broker: func(context.Context, string) error { return nil },
		Files: fstest.MapFS{
			"sys/devices/platform/soc/soc:firmware/get_throttled": {Data: []byte("0\n")},
			"proc/self/mounts": {Data: []byte("/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n/dev/mmcblk0p1 /boot vfat ro 0 0\n")},
			"dev/gpiochip0":    {},
			"etc/group":        {Data: []byte("root:x:0:\ndialout:x:20:\ni2c:x:998:\ngpio:x:997:\n")},
		},
		Clock:  func() (float64, bool) { return 0.004, true },
		Now:    func() time.Time { return time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC) },
		Free:   func(string) (uint64, error) { return 20 << 30, nil },
		Stat:   func(string) (fs.FileInfo, error) { return mode(0o600), nil },
		Access: func(string) error { return nil },
		I2C:    func(string) error { return nil },
		Buses:  func() []string { return []string{"/dev/i2c-1"} },
		Ports:  func() []string { return []string{"/dev/serial0"} },
	}
}

// mode is a file with nothing but a mode.
type mode fs.FileMode

func (mode) Name() string           { return "file" }
func (mode) Size() int64            { return 0 }
func (m mode) Mode() fs.FileMode    { return fs.FileMode(m) }
func (mode) ModTime() time.Time     { return time.Time{} }
func (mode) IsDir() bool            { return false }
func (mode) Sys() any               { return nil }
func snapshot(d Deps) edge.Snapshot { s, _ := d.Agent(context.Background()); return s }

// with lets the agent say what f changes.
func with(f func(*edge.Snapshot)) func(*Deps) {
	return func(d *Deps) {
		s := snapshot(*d)
		f(&s)
		d.Agent = func(context.Context) (edge.Snapshot, error) { return s, nil }
	}
}

func stopped(d *Deps) {
	d.Agent = func(context.Context) (edge.Snapshot, error) {
		return edge.Snapshot{}, fmt.Errorf("%w at /var/lib", local.ErrNotRunning)
	}
}

func file(name, text string) func(*Deps) {
	return func(d *Deps) {
		d.Files.(fstest.MapFS)[name] = &fstest.MapFile{Data: []byte(text)}
	}
}

func of(r Report, check string) (lines []Line) {
	for _, l := range r.Lines {
		if l.Check == check {
			lines = append(lines, l)
		}
	}
	return lines
}

func TestAllIsWell(t *testing.T) {
	for _, lang := range []explain.Lang{explain.ID, explain.EN} {
		r := Run(t.Context(), well(), lang, nil)
		if r.ExitCode() != 0 {
			t.Errorf("exit code %d", r.ExitCode())
		}
		for i, c := range checks {
			lines := of(r, c.name)
			if len(lines) == 0 {
				t.Errorf("%s was not looked at", c.name)
			}
			for _, l := range lines {
				if l.Status != OK || l.Text == "" || l.Title != lang.Pick(checks[i].id, checks[i].en) {
					t.Errorf("%s: %+v", c.name, l)
				}
			}
		}
	}
}

// worse is one trouble: what is changed on a well node, and what must be said.
type worse struct {
	name   string
	change func(*Deps)
	check  string
	status Status
	text   string
}

func examine(t *testing.T, cases []worse) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			d := well()
			tc.change(&d)
			lines := of(Run(t.Context(), d, explain.ID, nil), tc.check)
			for _, l := range lines {
				if l.Status == tc.status && strings.Contains(l.Text+" "+l.Remedy, tc.text) {
					if (l.Status == Failure || l.Status == Warning) && l.Remedy == "" {
						t.Errorf("no remedy: %+v", l)
					}
					return
				}
			}
			t.Errorf("%+v, want %s with %q", lines, tc.status, tc.text)
		})
	}
}

func TestFreshInstallSaysWhereToBegin(t *testing.T) {
	d := well()
	d.ConfigErr = fmt.Errorf("read configuration: %w", fs.ErrNotExist)
	d.Config = edge.DefaultConfig()
	stopped(&d)
	d.Stat = func(path string) (fs.FileInfo, error) {
		if path == "/var/lib" {
			return mode(fs.ModeDir | 0o755), nil
		}
		return nil, fs.ErrNotExist
	}
	r := Run(t.Context(), d, explain.ID, nil)
	if r.ExitCode() != 1 {
		t.Errorf("exit code %d", r.ExitCode())
	}
	if l := of(r, "config"); l[0].Status != Warning || !strings.Contains(l[0].Remedy, "siaga-edge scan --write") {
		t.Errorf("%+v", l)
	}
	if l := of(r, "storage"); l[0].Status != OK || !strings.HasSuffix(l[0].Text, "/var/lib") {
		t.Errorf("%+v", l)
	}
	for _, check := range []string{"service", "sensors", "queue", "broker", "center", "secrets"} {
		if l := of(r, check); len(l) != 1 || l[0].Status != Unknown {
			t.Errorf("%s: %+v", check, l)
		}
	}
}

func TestExitCode(t *testing.T) {
	for want, lines := range [][]Line{
		{{Status: OK}, {Status: Unknown}},
		{{Status: OK}, {Status: Warning}, {Status: Unknown}},
		{{Status: Warning}, {Status: Failure}, {Status: OK}},
	} {
		if got := (Report{Lines: lines}).ExitCode(); got != want {
			t.Errorf("%+v: %d", lines, got)
		}
	}
}

func TestAnAgentThatHasJustBeenStartedIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := well()
		running, began := d.Agent, time.Now()
		d.Active = func(context.Context) bool { return true }
		d.Agent = func(ctx context.Context) (edge.Snapshot, error) {
			if time.Since(began) < time.Second {
				return edge.Snapshot{}, local.ErrNotRunning
			}
			return running(ctx)
		}
		if r := Run(t.Context(), d, explain.EN, nil); r.ExitCode() != 0 {
			t.Errorf("%+v", r)
		}
		d.Agent = func(context.Context) (edge.Snapshot, error) { return edge.Snapshot{}, local.ErrNotRunning }
		r := Run(t.Context(), d, explain.EN, nil)
		if l := of(r, "service"); l[0].Status != Warning || r.ExitCode() != 1 {
			t.Errorf("it never answers: %+v", l)
		}
		for _, check := range []string{"sensors", "queue", "center"} {
			if l := of(r, check); len(l) != 1 || l[0].Status != Unknown {
				t.Errorf("%s: %+v", check, l)
			}
		}
	})
}

func TestNothingHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := well()
		free := make(chan struct{})
		d.Free = func(string) (uint64, error) { <-free; return 0, nil } // a disk that is gone
		d.Broker = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
		d.Agent = func(ctx context.Context) (edge.Snapshot, error) { <-ctx.Done(); return edge.Snapshot{}, ctx.Err() }
		began := time.Now()
		r := Run(t.Context(), d, explain.EN, nil)
		if took := time.Since(began); took > Limit {
			t.Errorf("it took %v", took)
		}
		for _, check := range []string{"storage", "broker", "service"} {
			if l := of(r, check); len(l) != 1 || l[0].Status != Failure {
				t.Errorf("%s: %+v", check, l)
			}
		}
		if l := of(r, "power"); l[0].Status != OK {
			t.Errorf("%+v", l)
		}
		close(free)
	})
}

func TestShowTellsWhatIsWaitedFor(t *testing.T) {
	var shown []string
	Run(t.Context(), well(), explain.EN, func(l Line) {
		if l.Status == "" {
			shown = append(shown, l.Check+"?")
		} else {
			shown = append(shown, l.Check)
		}
	})
	if got := strings.Join(shown[:4], " "); got != "power? power clock? clock" {
		t.Errorf("%s", got)
	}
}

func TestPrint(t *testing.T) {
	var b strings.Builder
	r := Report{Lines: []Line{
		{Title: "Catu daya", Status: OK, Text: "cukup"},
		{Title: "Jam", Status: Warning, Text: "belum selaras", Remedy: "timedatectl"},
		{Title: "Broker", Status: Failure, Text: "tidak ada", Remedy: "periksa"},
		{Title: "Pusat", Status: Unknown, Text: "tidak diketahui"},
	}}
	for _, l := range r.Lines {
		if err := PrintLine(&b, l, explain.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := PrintSummary(&b, r, explain.ID); err != nil {
		t.Fatal(err)
	}
	want := `✓ BAIK    Catu daya       cukup
! AWAS    Jam             belum selaras
                          → timedatectl
✗ GAGAL   Broker          tidak ada
                          → periksa
– BELUM   Pusat           tidak diketahui

1 gagal, 1 awas, 1 baik. Kerjakan dari atas: yang di bawah sering ikut sembuh.
`
	if b.String() != want {
		t.Errorf("got:\n%s", b.String())
	}
	b.Reset()
	if err := PrintSummary(&b, Report{}, explain.EN); err != nil || b.String() != "\nAll is well.\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
