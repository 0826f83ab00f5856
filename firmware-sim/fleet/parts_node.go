package fleet

import (
	"io/fs"
	"math"
	"path/filepath"
	"time"

	chip "github.com/siaga-id/siaga/firmware-sim/chip/board"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// system is a simulated operating system as the machine wants it.
type system struct{ *chip.Board }

// Files implements simbus.System.
func (s system) Files() fs.FS { return s.Board }

// newSystem returns the operating system of a board that stands in a box in the
// sun.
func newSystem(c *clock, src world.Source) *chip.Board {
	return chip.New(c.Now, func(at time.Time) (chip.Sample, bool) {
		w, ok := src.Weather(at)
		if !ok {
			w.Temperature = 27
		}
		swing := math.Sin(float64(at.Unix()) / 900)
		return chip.Sample{
			CPUTempC: w.Temperature + 17 + 2*swing,
			MemTotal: 512 << 20, MemAvailable: uint64(330+8*swing) << 20,
			Load:  [3]float64{0.09 + 0.03*swing, 0.08, 0.07},
			WiFi:  &chip.WiFi{Quality: 46, LevelDBm: -64 + int(3*swing)},
			EMMC:  &chip.EMMC{LifeUsedA: 4, LifeUsedB: 6, ReserveUsed: 1},
			Modem: &chip.Modem{State: "connected", Technology: "lte", RSRP: -98 + 4*swing, RSSI: -71 + 3*swing},
		}, true
	})
}

func plugSystem(to place) (plugged, error) {
	dir, err := filepath.Abs(to.board.dir)
	return plugged{
		sensors: alone(map[string]any{"path": dir}),
		faults: faults[chip.Fault](to.board.system, map[string]chip.Fault{
			"under-voltage": chip.UnderVoltage, "thermal unreadable": chip.ThermalUnreadable,
		}),
	}, err
}

func plugWiFi(to place) (plugged, error) {
	return plugged{sensors: alone(map[string]any{})}, nil
}

func plugModem(to place) (plugged, error) {
	return plugged{
		sensors: alone(map[string]any{}),
		faults: faults[chip.Fault](to.board.system, map[string]chip.Fault{
			"modem hung": chip.ModemHung, "no ModemManager": chip.NoModemManager,
		}),
	}, nil
}
