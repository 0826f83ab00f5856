package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
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
// clock and the disk. It leaves one point in the measurement siaga_check.
func Check(ctx context.Context, cfg Config) []Finding {
	found := []Finding{checkPort("http", cfg.HTTP.Addr, "choose another with --http")}
	if cfg.ownBroker() {
		found = append(found, checkPort("mqtt", cfg.MQTT.Addr,
			"choose another with --mqtt, or use the broker that probably runs there: mqtt.url: tcp://"+cfg.MQTT.Addr))
	} else {
		found = append(found, checkBroker(ctx, cfg.MQTT.Config)...)
	}
	if cfg.ownInflux() {
		found = append(found, checkPort("influx", cfg.Influx.Addr,
			"choose another with --influx, or use the InfluxDB that probably runs there: influx.url: http://"+cfg.Influx.Addr))
	} else {
		found = append(found, checkInflux(ctx, cfg.Influx.Settings))
	}
	return append(found, checkClock(), checkDisk(cfg.dataDir()))
}

func checkPort(name, addr, remedy string) Finding {
	f := Finding{Check: "port " + name}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		f.Grade, f.Text, f.Remedy = Fail, err.Error(), remedy+" (or a center runs already)"
		return f
	}
	f.Grade, f.Text = Pass, addr+" is free"
	if err := ln.Close(); err != nil {
		f.Grade, f.Text = Fail, err.Error()
	}
	return f
}

func checkInflux(ctx context.Context, s influx.Settings) Finding {
	f := Finding{Check: "influx", Grade: Fail}
	conf, err := s.Config()
	if err != nil {
		f.Text, f.Remedy = err.Error(), "correct the file that the key names"
		return f
	}
	client, err := influx.New(conf)
	if err != nil {
		f.Text, f.Remedy = "influx."+err.Error(), "correct the configuration"
		return f
	}
	defer client.Close()
	version, err := client.Check(ctx)
	if err != nil {
		f.Text, f.Remedy = err.Error(), "InfluxDB must run there, the database (or, from 2 on, bucket and DBRP mapping) exist, and the token may write and read"
		return f
	}
	f.Grade, f.Text = Pass, fmt.Sprintf("%s: InfluxDB %s took a write and answered an InfluxQL query", s.URL, version)
	return f
}

func checkClock() Finding {
	seconds, synced := clocksync.Error()
	if !synced {
		return Finding{"clock", Warn, "the system's clock is not synchronised: times ahead of it are not refused, and nodes without a clock get none from here", "run chrony or systemd-timesyncd"}
	}
	return Finding{"clock", Pass, fmt.Sprintf("synchronised, at most %.3f s off", seconds), ""}
}

func checkDisk(dir string) Finding {
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
	f.Grade, f.Text = Pass, fmt.Sprintf("%.1f GiB free for %s", float64(free)/(1<<30), dir)
	if free < minDiskBytes {
		f.Grade, f.Remedy = Warn, "give it a larger disk, or a shorter influx.retention"
	}
	return f
}

// checkTimeout bounds each step of a check of an external part.
const checkTimeout = 10 * time.Second
