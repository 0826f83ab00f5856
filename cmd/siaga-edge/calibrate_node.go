package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/edge/readout"
	"github.com/siaga-id/siaga/internal/reading"
)

// calibrateNode is a node whose sensors are calibrated: the running agent, or
// the node's files and sensors while none runs.
type calibrateNode interface {
	// Snapshot has the newest values of the sensors.
	Snapshot(ctx context.Context) (edge.Snapshot, error)
	Calibrations(ctx context.Context) (local.Corrections, error)
	SetCorrection(ctx context.Context, c calibration.Correction) (version int, err error)
	Undo(ctx context.Context, sensor reading.SensorID, q reading.Quantity, author, reason string) (calibration.Entry, error)
	Replace(ctx context.Context, sensor reading.SensorID, author, reason string) error
	Close()
}

var (
	_ calibrateNode = (*local.Client)(nil)
	_ calibrateNode = (*stoppedNode)(nil)
)

func openCalibrateNode(cfg edge.Config) (calibrateNode, error) {
	client, err := local.Dial(cfg.SocketPath())
	if err == nil {
		return client, nil
	}
	if !errors.Is(err, local.ErrNotRunning) {
		return nil, err
	}
	store, err := calibration.Open(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	return &stoppedNode{cfg: cfg, store: store}, nil
}

// stoppedNode is a node whose agent does not run. It reads the sensors by itself
// from the first Snapshot on, and more often than the agent would, since somebody
// waits.
type stoppedNode struct {
	cfg     edge.Config
	store   *calibration.Store
	sensors *readout.Readout
	stop    context.CancelFunc
}

func (n *stoppedNode) Snapshot(ctx context.Context) (edge.Snapshot, error) {
	if n.sensors == nil {
		cfg := n.cfg
		cfg.Sensors = slices.Clone(cfg.Sensors)
		for i := range cfg.Sensors {
			cfg.Sensors[i].Interval = min(cfg.Sensors[i].Interval, time.Second)
		}
		ctx, n.stop = context.WithCancel(ctx)
		n.sensors = readout.Direct(ctx, cfg, bus.Host{}, n.store)
	}
	return edge.Snapshot{Node: n.cfg.Node, Site: n.cfg.Site, Sensors: n.sensors.Snapshot()}, nil
}

func (n *stoppedNode) Calibrations(context.Context) (local.Corrections, error) {
	all := local.Corrections{Version: n.store.Version(), Sensors: map[reading.SensorID]local.History{}}
	for _, id := range n.store.Sensors() {
		entries, dropped := n.store.History(id)
		all.Sensors[id] = local.History{Entries: entries, Dropped: dropped}
	}
	return all, nil
}

func (n *stoppedNode) SetCorrection(_ context.Context, c calibration.Correction) (int, error) {
	return n.store.Set(c)
}

func (n *stoppedNode) Undo(_ context.Context, sensor reading.SensorID, q reading.Quantity, author, reason string) (calibration.Entry, error) {
	return n.store.Undo(sensor, q, author, reason)
}

func (n *stoppedNode) Replace(_ context.Context, sensor reading.SensorID, author, reason string) error {
	return n.store.Replace(sensor, author, reason)
}

// Close stops reading and closes the sensors.
func (n *stoppedNode) Close() {
	if n.sensors != nil {
		n.stop()
		n.sensors.Wait()
	}
}

// plain turns an error into one that a technician can act on.
func (d *calibrateDesk) plain(err error) error {
	var damage *calibration.DamageError
	switch {
	case err == nil || d.Lang == explain.EN:
		return err
	case errors.As(err, &damage) && damage.Backup != "":
		return fmt.Errorf("berkas kalibrasi %s rusak (%w). Tidak ada yang diubah. Cadangan memuat semua sampai versi %d: "+
			"periksa, lalu jalankan: cp %s %s, dan ulangi perubahan sesudahnya", damage.File, damage.Err, damage.BackupVersion, damage.Backup, damage.File)
	case errors.As(err, &damage):
		return fmt.Errorf("berkas kalibrasi %s rusak (%w) dan tidak ada cadangan yang dapat dipakai. "+
			"Pindahkan: mv %s %s.rusak, lalu atur koreksi dari awal", damage.File, damage.Err, damage.File, damage.File)
	case errors.Is(err, calibration.ErrNothingToUndo):
		return errors.New("tidak ada koreksi yang dapat dibatalkan")
	case errors.Is(err, calibration.ErrLevelCorrected):
		return errors.New("tinggi muka air masih dikoreksi: batalkan koreksi itu dulu (calibrate undo SENSOR level)")
	case errors.Is(err, calibration.ErrBusy):
		return errors.New("program lain sedang mengubah kalibrasi: akhiri program itu, lalu coba lagi")
	case errors.Is(err, calibration.ErrInvalid):
		return fmt.Errorf("koreksi tidak dapat dipakai: %w", err)
	}
	return err
}
