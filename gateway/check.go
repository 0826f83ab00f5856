package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/clocksync"
)

// Grade is how a finding came out.
type Grade string

// The grades, best first.
const (
	Pass Grade = "ok"
	Warn Grade = "warning"
	Fail Grade = "failure"
)

// Finding is what one check found, for a person.
type Finding struct {
	Check string `json:"check"`
	Grade Grade  `json:"grade"`
	Text  string `json:"text"`
	// Remedy says what to do, "" where nothing is.
	Remedy string `json:"remedy,omitempty"`
}

// minDiskBytes is the room below which a center is warned about: a year of a
// hundred villages' readings is of this order.
const minDiskBytes = 10 << 30

// Check tries everything that a center with this configuration needs: ports or
// an external broker with its settings, InfluxDB with a write and a read, the
// clock and the disk. It leaves one point in the measurement siaga_check. say is
// given each text in Indonesian and English and chooses one; the names of the checks
// and what systems say of themselves are English in both.
func Check(ctx context.Context, cfg Config, say func(id, en string) string) []Finding {
	found := []Finding{checkPort("http", cfg.HTTP.Addr, say("pilih yang lain dengan --http", "choose another with --http"), say)}
	if cfg.ownBroker() {
		found = append(found, checkPort("mqtt", cfg.MQTT.Addr,
			say("pilih yang lain dengan --mqtt, atau pakai broker yang mungkin sudah berjalan di sana: mqtt.url: tcp://",
				"choose another with --mqtt, or use the broker that probably runs there: mqtt.url: tcp://")+cfg.MQTT.Addr, say))
	} else {
		found = append(found, checkBroker(ctx, cfg.MQTT.Config, say)...)
	}
	if cfg.ownInflux() {
		found = append(found, checkPort("influx", cfg.Influx.Addr,
			say("pilih yang lain dengan --influx, atau pakai InfluxDB yang mungkin sudah berjalan di sana: influx.url: http://",
				"choose another with --influx, or use the InfluxDB that probably runs there: influx.url: http://")+cfg.Influx.Addr, say))
	} else {
		found = append(found, checkInflux(ctx, cfg.Influx.Settings, say))
	}
	return append(found, checkClock(say), checkDisk(cfg.dataDir(), say))
}

func checkPort(name, addr, remedy string, say func(id, en string) string) Finding {
	f := Finding{Check: "port " + name}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		f.Grade, f.Text, f.Remedy = Fail, err.Error(), remedy+say(" (atau pusat sudah berjalan)", " (or a center runs already)")
		return f
	}
	f.Grade, f.Text = Pass, addr+say(" belum dipakai", " is free")
	if err := ln.Close(); err != nil {
		f.Grade, f.Text = Fail, err.Error()
	}
	return f
}

func checkInflux(ctx context.Context, s influx.Settings, say func(id, en string) string) Finding {
	f := Finding{Check: "influx", Grade: Fail}
	conf, err := s.Config()
	if err != nil {
		f.Text, f.Remedy = err.Error(), say("perbaiki berkas yang ditunjuk oleh kunci itu", "correct the file that the key names")
		return f
	}
	client, err := influx.New(conf)
	if err != nil {
		f.Text, f.Remedy = "influx."+err.Error(), say("perbaiki konfigurasinya", "correct the configuration")
		return f
	}
	defer client.Close()
	version, err := client.Check(ctx)
	if err != nil {
		f.Text, f.Remedy = err.Error(), say(
			"InfluxDB harus berjalan di sana, basis datanya ada (mulai versi 2: bucket dan pemetaan DBRP), dan tokennya boleh menulis dan membaca",
			"InfluxDB must run there, the database (or, from 2 on, bucket and DBRP mapping) exist, and the token may write and read")
		return f
	}
	f.Grade, f.Text = Pass, fmt.Sprintf(say(
		"%s: InfluxDB %s menerima penulisan data dan menjawab kueri InfluxQL",
		"%s: InfluxDB %s took a write and answered an InfluxQL query"), s.URL, version)
	return f
}

func checkClock(say func(id, en string) string) Finding {
	seconds, synced := clocksync.Error()
	if !synced {
		return Finding{
			"clock", Warn,
			say("jam sistem belum selaras: waktu yang mendahuluinya tidak ditolak, dan node tanpa jam tidak mendapat waktu dari sini",
				"the system's clock is not synchronised: times ahead of it are not refused, and nodes without a clock get none from here"),
			say("jalankan chrony atau systemd-timesyncd", "run chrony or systemd-timesyncd"),
		}
	}
	return Finding{"clock", Pass, fmt.Sprintf(say("selaras, selisih paling banyak %s detik", "synchronised, at most %s s off"), decimal(say, "%.3f", seconds)), ""}
}

func checkDisk(dir string, say func(id, en string) string) Finding {
	f := Finding{Check: "disk"}
	// The data directory may not exist yet; its nearest parent tells.
	at, err := filepath.Abs(dir)
	for err == nil {
		if _, serr := os.Stat(at); serr == nil || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	free, ferr := freeBytes(at)
	if err = errors.Join(err, ferr); err != nil {
		f.Grade, f.Text = Warn, err.Error()
		return f
	}
	f.Grade, f.Text = Pass, fmt.Sprintf(say("%s GiB kosong untuk %s", "%s GiB free for %s"), decimal(say, "%.1f", float64(free)/(1<<30)), dir)
	if free < minDiskBytes {
		f.Grade, f.Remedy = Warn, say("beri disk yang lebih besar, atau influx.retention yang lebih pendek", "give it a larger disk, or a shorter influx.retention")
	}
	return f
}

// decimal writes a number as the language does, with one verb of fmt.
func decimal(say func(id, en string) string, verb string, v float64) string {
	return strings.Replace(fmt.Sprintf(verb, v), ".", say(",", "."), 1)
}

// checkTimeout bounds each step of a check of an external part.
const checkTimeout = 10 * time.Second
