package fleet

import (
	"time"

	"github.com/siaga-id/siaga/firmware-sim/chip/breakbeam"
	"github.com/siaga-id/siaga/firmware-sim/chip/ops243"
	"github.com/siaga-id/siaga/firmware-sim/chip/tfluna"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// blocked is when something stands in the beam, or over a loop that is
// detectorM long.
func (to place) blocked(detectorM float64) func(from, till time.Time) []breakbeam.Interval {
	return func(from, till time.Time) []breakbeam.Interval {
		passages := to.src.Passages(from, till)
		intervals := make([]breakbeam.Interval, len(passages))
		for i, p := range passages {
			longer := time.Duration((detectorM - world.BeamM) / (p.SpeedKMH / 3.6) * float64(time.Second))
			intervals[i] = breakbeam.Interval{From: p.At, To: p.At.Add(p.Blocks() + longer)}
			if i > 0 && !intervals[i].From.After(intervals[i-1].To) {
				intervals[i-1].To = intervals[i].From.Add(-time.Millisecond)
			}
		}
		return intervals
	}
}

var beamFaults = map[string]breakbeam.Fault{
	"stuck": breakbeam.Stuck, "blind": breakbeam.Blind, "chattering": breakbeam.Chattering,
}

func plugBreakBeam(to place) (plugged, error) {
	chip := breakbeam.New(true, to.blocked(world.BeamM))
	wires, err := to.board.machine.PlugPin(to.pin, chip)
	return plugged{
		sensors: alone(map[string]any{
			"pin": to.pin, "vehicle_length_m": to.mounting.vehicleM, "detector_length_m": world.BeamM,
		}),
		wires: wires, faults: faults[breakbeam.Fault](chip, beamFaults),
	}, err
}

// loopM is the length of the induction loop in the road.
const loopM = 1.0

func plugLoopRelay(to place) (plugged, error) {
	chip := breakbeam.New(true, to.blocked(loopM))
	wires, err := to.board.machine.PlugPin(to.pin, chip)
	return plugged{
		sensors: alone(map[string]any{
			"pin": to.pin, "vehicle_length_m": to.mounting.vehicleM, "loop_length_m": loopM,
		}),
		wires: wires, faults: faults[breakbeam.Fault](chip, beamFaults),
	}, err
}

// plugOPS243 lets every second vehicle come from the other side.
func plugOPS243(to place) (plugged, error) {
	chip := ops243.New(ops243.Quoted, func(from, till time.Time) []ops243.Passage {
		passages := to.src.Passages(from, till)
		all := make([]ops243.Passage, len(passages))
		for i, p := range passages {
			all[i] = ops243.Passage{
				At: p.At, SpeedKMH: p.SpeedKMH, LengthM: p.LengthM, Inbound: p.At.UnixMilli()%2 == 0,
			}
		}
		return all
	})
	wires, err := to.board.machine.PlugSerial(to.port, ops243.Baud, chip)
	return plugged{
		sensors: map[string]map[string]any{
			"masuk":  {"port": to.port, "direction": "inbound"},
			"keluar": {"port": to.port, "direction": "outbound"},
		},
		wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[ops243.Fault](chip, map[string]ops243.Fault{"blind": ops243.Blind, "clutter": ops243.Clutter}),
	}, err
}

func plugTFLuna(to place) (plugged, error) { return plugLidar(to, tfluna.TFLuna) }

func plugTFminiPlus(to place) (plugged, error) { return plugLidar(to, tfluna.TFminiPlus) }

// Across the road the lidar sees the far kerb, or the vehicle in between.
const (
	kerbM    = 6.0
	vehicleM = 2.5
)

func plugLidar(to place, m tfluna.Model) (plugged, error) {
	chip := tfluna.New(m, func(at time.Time) (tfluna.Sample, bool) {
		s := tfluna.Sample{DistanceM: kerbM, Reflectivity: 0.6, TemperatureC: 36}
		// No vehicle blocks the beam for longer than this.
		const longest = 5 * time.Second
		for _, p := range to.src.Passages(at.Add(-longest), at.Add(time.Nanosecond)) {
			if at.Before(p.At.Add(p.Blocks())) {
				s.DistanceM, s.Reflectivity = vehicleM, 0.4
			}
		}
		return s, true
	})
	wires, err := to.board.machine.PlugSerial(to.port, tfluna.Baud, chip)
	return plugged{
		sensors: alone(map[string]any{
			"port": to.port, "road_distance_m": kerbM, "vehicle_length_m": to.mounting.vehicleM,
		}),
		wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[tfluna.Fault](chip, map[string]tfluna.Fault{
			"weak signal": tfluna.WeakSignal, "overexposed": tfluna.Overexposed, "ambient light": tfluna.AmbientLight,
		}),
	}, err
}
