package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/spool"
)

func configError(err error) func(*Deps) { return func(d *Deps) { d.ConfigErr = err } }

func agentError(err error) func(*Deps) {
	return func(d *Deps) {
		d.Agent = func(context.Context) (edge.Snapshot, error) { return edge.Snapshot{}, err }
	}
}

func number(v float64) *float64 { return &v }

func TestConfig(t *testing.T) {
	examine(t, []worse{
		{"wrong", configError(errors.New("node: empty")), "config", Failure, "node: empty"},
		{"not to be read", configError(fs.ErrPermission), "config", Warning, "sudo"},
		{"wrong, so nothing else is known", configError(errors.New("node: empty")), "broker", Unknown, "menunggu"},
	})
}

func TestSecrets(t *testing.T) {
	password := func(info fs.FileInfo, err error) func(*Deps) {
		return func(d *Deps) {
			d.Config.MQTT.PasswordFile = "/etc/siaga/mqtt-password"
			d.Stat = func(string) (fs.FileInfo, error) { return info, err }
		}
	}
	examine(t, []worse{
		{"closed", password(mode(0o640), nil), "secrets", OK, "1 berkas"},
		{"open to all", password(mode(0o644), nil), "secrets", Warning, "chmod o= /etc/siaga/mqtt-password"},
		{"a PIN that its group reads", func(d *Deps) {
			d.Config.Page.PINFile = "/etc/siaga/pin"
			d.Stat = func(string) (fs.FileInfo, error) { return mode(0o640), nil }
		}, "secrets", Warning, "chmod 600 /etc/siaga/pin"},
		{"missing", password(nil, fs.ErrNotExist), "secrets", Failure, "mqtt.password_file"},
		{"not to be looked at", password(nil, fs.ErrPermission), "secrets", Unknown, "sudo"},
		{"none", func(*Deps) {}, "secrets", OK, "tidak ada"},
	})
}

func TestService(t *testing.T) {
	examine(t, []worse{
		{"stopped", stopped, "service", Failure, "systemctl enable --now siaga-edge"},
		{"not to be asked", agentError(fs.ErrPermission), "service", Unknown, "sudo"},
		{"it hangs", agentError(context.DeadlineExceeded), "service", Failure, "systemctl restart"},
		{"it hangs, so sensors are left alone", agentError(context.DeadlineExceeded), "sensors", Unknown, "tidak diketahui"},
	})
}

func TestSensors(t *testing.T) {
	one := func(s edge.SensorSnapshot) func(*Deps) {
		s.ID, s.Model = "pm-1", "Plantower PMS5003"
		return with(func(snap *edge.Snapshot) { snap.Sensors = []edge.SensorSnapshot{s} })
	}
	examine(t, []worse{
		{"failing", one(edge.SensorSnapshot{Health: "failing", Code: "no_answer", Error: "silent for 5s"}), "sensors", Failure, "pm-1 (Plantower PMS5003): Sensor tidak menjawab. (silent for 5s)"},
		{"failing in a new way", one(edge.SensorSnapshot{Health: "failing", Error: "boom"}), "sensors", Failure, "boom"},
		{"warming", one(edge.SensorSnapshot{Health: "warming", Code: "warming_up"}), "sensors", Warning, "pemanasan"},
		{"starting", one(edge.SensorSnapshot{Health: "starting"}), "sensors", Unknown, "belum ada nilai"},
		{"suspect", one(edge.SensorSnapshot{Health: "ok", Values: []edge.ValueSnapshot{{TitleID: "PM2.5", Unit: "µg/m³", Raw: 20, Quality: "suspect"}}}), "sensors", OK, "PM2.5 20 µg/m³ (meragukan)"},
		{"corrected", one(edge.SensorSnapshot{Health: "ok", Values: []edge.ValueSnapshot{{TitleID: "PM2.5", Unit: "µg/m³", Raw: 20, Corrected: number(12.5)}}}), "sensors", OK, "PM2.5 12.5 µg/m³"},
		{"corrections damaged", with(func(s *edge.Snapshot) { s.CalibrationError = "calibration.json is damaged" }), "sensors", Failure, "koreksi tidak dapat dibaca: calibration.json"},
		{"opened where the agent does not run", func(d *Deps) {
			stopped(d)
			d.Sensors = func(context.Context) ([]edge.SensorSnapshot, error) {
				return []edge.SensorSnapshot{{ID: "bme-1", Health: "failing", Code: "not_found"}}, nil
			}
		}, "sensors", Failure, "bme-1"},
		{"not to be opened", func(d *Deps) {
			stopped(d)
			d.Sensors = func(context.Context) ([]edge.SensorSnapshot, error) { return nil, errors.New("calibration is damaged") }
		}, "sensors", Unknown, "calibration is damaged"},
	})
}

func TestQueue(t *testing.T) {
	alone := func(q edge.QueueSnapshot, err error) func(*Deps) {
		return func(d *Deps) {
			stopped(d)
			d.Queue = func() (edge.QueueSnapshot, error) { return q, err }
		}
	}
	q := func(f func(*edge.QueueSnapshot)) func(*Deps) { return with(func(s *edge.Snapshot) { f(&s.Queue) }) }
	examine(t, []worse{
		{"nearly full", q(func(q *edge.QueueSnapshot) { q.DiskBytes = 450 << 20 }), "queue", Warning, "450 MB"},
		{"few days left", q(func(q *edge.QueueSnapshot) { q.DaysLeft = number(1.5) }), "queue", Warning, "1.5 hari"},
		{"given up", q(func(q *edge.QueueSnapshot) { q.GivenUp = 7 }), "queue", Failure, "7 paket dibuang"},
		{"lost", q(func(q *edge.QueueSnapshot) { q.LostReadings = 9 }), "queue", Failure, "9 pembacaan HILANG"},
		{"looked at where the agent does not run", alone(edge.QueueSnapshot{Packs: 12}, nil), "queue", OK, "12 paket"},
		{"none yet", alone(edge.QueueSnapshot{}, fs.ErrNotExist), "queue", OK, "belum pernah"},
		{"not to be looked at", alone(edge.QueueSnapshot{}, fs.ErrPermission), "queue", Unknown, "tidak diketahui"},
		{"an agent has it", alone(edge.QueueSnapshot{}, spool.ErrLocked), "queue", Unknown, "in use"},
		{"of a newer program", alone(edge.QueueSnapshot{}, spool.ErrVersion), "queue", Failure, "/var/lib/siaga-edge/queue"},
		{"the agent hangs", agentError(context.DeadlineExceeded), "queue", Unknown, "tidak diketahui"},
	})
}

func TestCenter(t *testing.T) {
	snap := func(ack, oldest *float64, centers ...edge.CenterSnapshot) func(*Deps) {
		return with(func(s *edge.Snapshot) {
			s.Broker.AckAgoS, s.Queue.OldestAgeS, s.Centers = ack, oldest, centers
		})
	}
	pusat := edge.CenterSnapshot{Ingester: "pusat", Accepting: true}
	examine(t, []worse{
		{"never heard", snap(nil, nil), "center", Warning, "belum terdengar"},
		{"heard, no acknowledgement", snap(nil, number(60), pusat), "center", Warning, "belum mengakui"},
		{"late", snap(number(600), number(600), pusat), "center", Warning, "mengakui paket terakhir 10 menit yang lalu"},
		{"gone", snap(number(7200), number(7200), pusat), "center", Failure, "mengakui paket terakhir 2 jam yang lalu"},
		{"nothing waits", snap(number(7200), nil, pusat), "center", OK, "mengakui paket terakhir 2 jam yang lalu"},
		{"full", snap(number(1), nil, edge.CenterSnapshot{Ingester: "pusat", Reason: "quarantine full"}), "center", Warning, "quarantine full"},
		{"stopped", stopped, "center", Unknown, "tidak diketahui"},
	})
}

func TestAPackInQuarantineIsNotWell(t *testing.T) {
	d := well()
	with(func(s *edge.Snapshot) {
		s.Refused = &edge.RefusedSnapshot{Packs: 2, Reason: "holds real readings", AgoS: 9}
	})(&d)
	for lang, want := range map[explain.Lang]string{
		explain.ID: "menolak 2 paket terakhir ke karantina: holds real readings",
		explain.EN: "has put the last 2 packs into quarantine: holds real readings",
	} {
		r := Run(t.Context(), d, lang, nil)
		l := of(r, "center")
		if len(l) != 1 || l[0].Status != Warning || l[0].Text != want || !strings.Contains(l[0].Remedy, "siaga quarantine list") || r.ExitCode() != 1 {
			t.Errorf("%s: %+v", lang, l)
		}
	}
}

func TestSpansAreInWords(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		0: {"0 detik", "0 seconds"}, time.Second: {"1 detik", "1 second"}, 119 * time.Second: {"119 detik", "119 seconds"},
		2 * time.Minute: {"2 menit", "2 minutes"}, 119 * time.Minute: {"119 menit", "119 minutes"}, 2 * time.Hour: {"2 jam", "2 hours"},
		47 * time.Hour: {"47 jam", "47 hours"}, 50 * time.Hour: {"2 hari", "2 days"},
	} {
		if id, en := span(explain.ID, d), span(explain.EN, d); id != want[0] || en != want[1] {
			t.Errorf("%v: %q, %q", d, id, en)
		}
	}
}

func TestBroker(t *testing.T) {
	broken := func(err error, more ...func(*Deps)) func(*Deps) {
		return func(d *Deps) {
			d.Broker = func(context.Context, string) error { return fmt.Errorf("%w: detail", err) }
			for _, f := range more {
				f(d)
			}
		}
	}
	noClock := func(d *Deps) { d.Clock = func() (float64, bool) { return 0, false } }
	examine(t, []worse{
		{"settings", broken(ErrSettings), "broker", Failure, "bagian mqtt"},
		{"name", broken(ErrName), "broker", Failure, "DNS"},
		{"connect", broken(ErrConnect), "broker", Failure, "alamat dan port"},
		{"TLS", broken(ErrTLS), "broker", Failure, "mqtt.ca_file"},
		{"TLS without the time", broken(ErrTLS, noClock), "broker", Failure, "jamnya dulu"},
		{"refused", broken(ErrMQTT), "broker", Failure, "mqtt.username"},
	})
}

func TestNotRunningIsWhatTheClientSays(t *testing.T) {
	_, err := local.Dial(t.TempDir() + "/agent.sock")
	d := well()
	agentError(err)(&d)
	if l := of(Run(t.Context(), d, "", nil), "service"); l[0].Status != Failure {
		t.Errorf("%+v", l)
	}
}
