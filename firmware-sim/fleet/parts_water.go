package fleet

import (
	"time"

	"github.com/siaga-id/siaga/firmware-sim/chip/a02yyuw"
	"github.com/siaga-id/siaga/firmware-sim/chip/jsnsr04t"
	"github.com/siaga-id/siaga/firmware-sim/chip/maxbotix"
	"github.com/siaga-id/siaga/firmware-sim/chip/modbus"
	"github.com/siaga-id/siaga/firmware-sim/chip/tippingbucket"
)

// distanceMM is from a level sensor's face, datumM above gauge zero, down to the
// water.
func (to place) distanceMM(datumM float64) func(time.Time) (float64, bool) {
	return func(at time.Time) (float64, bool) {
		level, ok := to.src.Level(at)
		return (datumM - level) * 1000, ok
	}
}

// hung is how the sensors with a wider blind zone hang: 30 cm higher.
func (to place) hung() float64 { return to.mounting.datumM + 0.3 }

func plugA02YYUW(to place) (plugged, error) {
	datumM := to.mounting.datumM
	wires, err := to.board.machine.PlugSerial(to.port, a02yyuw.Baud, a02yyuw.New(to.distanceMM(datumM)))
	return plugged{sensors: alone(map[string]any{"port": to.port, "datum_m": datumM}), wires: wires}, err
}

func plugJSNSR04T(to place) (plugged, error) { return plugJSN(to, jsnsr04t.JSNSR04T) }

func plugAJSR04M(to place) (plugged, error) { return plugJSN(to, jsnsr04t.AJSR04M) }

func plugJSN(to place, m jsnsr04t.Model) (plugged, error) {
	chip := jsnsr04t.New(m, jsnsr04t.FreeRun, to.distanceMM(to.hung()))
	wires, err := to.board.machine.PlugSerial(to.port, jsnsr04t.Baud, chip)
	return plugged{
		sensors: alone(map[string]any{"port": to.port, "datum_m": to.hung()}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[jsnsr04t.Fault](chip, map[string]jsnsr04t.Fault{
			"echo lost": jsnsr04t.EchoLost, "out of window": jsnsr04t.OutOfWindow, "wet": jsnsr04t.Wet,
		}),
	}, err
}

func plugMaxBotix(to place) (plugged, error) {
	chip := maxbotix.New(maxbotix.TTL, to.distanceMM(to.hung()))
	wires, err := to.board.machine.PlugSerial(to.port, maxbotix.Baud, chip)
	return plugged{
		sensors: alone(map[string]any{"port": to.port, "datum_m": to.hung()}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[maxbotix.Fault](chip, map[string]maxbotix.Fault{
			"echo lost": maxbotix.EchoLost, "too near": maxbotix.TooNear, "stray bytes": maxbotix.StrayFF,
		}),
	}, err
}

// plugModbusLevel is a meter of the kind that shows centimetres with a sign bit.
func plugModbusLevel(to place) (plugged, error) {
	chip := modbus.New(modbus.Options{Address: 1, Baud: modbus.Baud}, modbus.Level(modbus.Ceyeko, to.src.Level))
	wires, err := to.board.machine.PlugSerial(to.port, modbus.Baud, chip)
	return plugged{
		sensors: alone(map[string]any{"port": to.port, "quantity": "level", "type": "signmag16", "scale": 0.01}),
		wires:   wires, powerCycle: chip.PowerCycle,
		faults: faults[modbus.Fault](chip, map[string]modbus.Fault{
			"device failure": modbus.DeviceFailure, "busy": modbus.Busy, "broken CRC": modbus.BrokenCRC, "echo": modbus.Echo,
		}),
	}, err
}

// tipMM is the bucket's size.
const tipMM = 0.2

func plugTippingBucket(to place) (plugged, error) {
	chip := tippingbucket.New(tipMM, to.src.Rain)
	wires, err := to.board.machine.PlugPin(to.pin, chip)
	return plugged{
		sensors: alone(map[string]any{"pin": to.pin, "mm_per_tip": tipMM}), wires: wires,
		faults: faults[tippingbucket.Fault](chip, map[string]tippingbucket.Fault{
			"bouncing": tippingbucket.Bouncing, "double closing": tippingbucket.DoubleClosing,
			"blocked": tippingbucket.Blocked, "welded": tippingbucket.Welded,
		}),
	}, err
}
