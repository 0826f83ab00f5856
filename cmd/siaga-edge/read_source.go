package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/readout"
)

// sight is what a readSource saw last.
type sight struct {
	Node string `json:"node"`
	Site string `json:"site"`
	// Source is "agent", "direct" or "recording".
	Source    string `json:"source"`
	Simulated bool   `json:"simulated"`
	// Error is why there is nothing newer; the ages of the values count on.
	Error   string                `json:"error,omitempty"`
	Sensors []edge.SensorSnapshot `json:"sensors"`
}

// failed is an error where nothing was seen.
func (s sight) failed() error {
	if s.Error == "" {
		return nil
	}
	return errors.New(s.Error)
}

// readSource is where values come from.
type readSource interface {
	// settle waits until there is something to see.
	settle(ctx context.Context)
	see(ctx context.Context) sight
	close() error
}

// openReadSource takes the agent where one runs, and the sensors otherwise.
func openReadSource(ctx context.Context, cfg edge.Config, f readFlags, lang explain.Lang) (readSource, error) {
	if f.replay != "" {
		return openRecording(ctx, cfg, f.replay)
	}
	client, err := local.Dial(cfg.SocketPath())
	switch {
	case errors.Is(err, local.ErrNotRunning):
		return openDirect(ctx, cfg, f.record)
	case err != nil:
		return nil, err
	case f.record != "":
		client.Close()
		return nil, errors.New(lang.Pick(
			"agen memakai sensornya: hentikan dulu (sudo systemctl stop siaga-edge), lalu rekam",
			"the agent has the sensors: stop it first (sudo systemctl stop siaga-edge), then record"))
	}
	return &agentSource{client: client}, nil
}

// agentSource is a running agent.
type agentSource struct {
	client *local.Client
	last   sight
	at     time.Time
}

func (a *agentSource) settle(context.Context) {}

func (a *agentSource) see(ctx context.Context) sight {
	snap, err := a.client.Snapshot(ctx)
	if err != nil {
		return a.missed(err)
	}
	a.at = time.Now()
	a.last = sight{Node: snap.Node, Site: snap.Site, Source: "agent", Simulated: snap.Simulated, Sensors: snap.Sensors}
	return a.last.aged(0)
}

// missed is what was seen last, older by now.
func (a *agentSource) missed(err error) sight {
	s := a.last.aged(time.Since(a.at))
	s.Source, s.Error = "agent", err.Error()
	return s
}

func (a *agentSource) close() error {
	a.client.Close()
	return nil
}

// aged returns a copy of s whose values are older.
func (s sight) aged(by time.Duration) sight {
	all := make([]edge.SensorSnapshot, len(s.Sensors))
	for i, sensor := range s.Sensors {
		values := make([]edge.ValueSnapshot, len(sensor.Values))
		for j, v := range sensor.Values {
			v.AgeS += by.Seconds()
			values[j] = v
		}
		sensor.Values = values
		all[i] = sensor
	}
	s.Sensors = all
	return s
}

// directSource is the sensors themselves.
type directSource struct {
	cfg     edge.Config
	source  string
	sensors *readout.Readout
	stop    context.CancelFunc
	end     func() error // of what the sensors stand on
}

// settleLimit is how long the first values may take: a sensor that was just
// woken takes half a minute, and says so at once.
const settleLimit = 20 * time.Second

// openDirect reads the machine's own sensors, and records what passes on the
// buses where tape names a file.
func openDirect(ctx context.Context, cfg edge.Config, tape string) (readSource, error) {
	if tape == "" {
		return newDirect(ctx, cfg, "direct", bus.Host{}, func() error { return nil })
	}
	file, err := os.OpenFile(tape, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	recorder, err := bus.Record(bus.Host{}, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return newDirect(ctx, cfg, "direct", recorder, func() error { return errors.Join(recorder.Err(), file.Close()) })
}

func openRecording(ctx context.Context, cfg edge.Config, tape string) (readSource, error) {
	file, err := os.Open(tape)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer file.Close()
	board, err := bus.Replay(file)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", tape, err)
	}
	return newDirect(ctx, cfg, "recording", board, func() error { return nil })
}

func newDirect(ctx context.Context, cfg edge.Config, source string, board driver.Board, end func() error) (readSource, error) {
	store, err := calibration.Open(cfg.DataDir)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	ctx, stop := context.WithCancel(ctx)
	return &directSource{cfg: cfg, source: source, sensors: readout.Direct(ctx, cfg, board, store), stop: stop, end: end}, nil
}

func (d *directSource) settle(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-d.sensors.Settled():
	case <-time.After(settleLimit):
	}
}

func (d *directSource) see(context.Context) sight {
	return sight{Node: d.cfg.Node, Site: d.cfg.Site, Source: d.source, Sensors: d.sensors.Snapshot()}
}

func (d *directSource) close() error {
	d.stop()
	d.sensors.Wait()
	return d.end()
}
