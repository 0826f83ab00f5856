package fleet

import (
	"time"

	"github.com/siaga-id/siaga/firmware-sim/chip/ads1115"
	"github.com/siaga-id/siaga/firmware-sim/chip/ina219"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// adcAddress is an ADS1115's with its pin ADDR at ground.
const adcAddress = 0x48

var adcFaults = map[string]ads1115.Fault{"stuck": ads1115.Stuck, "slow": ads1115.Slow}

// zeroMV is what every simulated gas cell's board gives in clean air.
const zeroMV = 300.0

// cells are the simulated gas cells, each at an input of one converter: what
// their certificates would say, and the gas by molar mass in g/mol.
var cells = []struct {
	gas           string
	mvPerPPB      float64
	gramsPerMol   float64
	microgrammes  func(world.Gases) float64
	fullScaleVolt float64
}{
	{"co", 0.25, 28.010, func(g world.Gases) float64 { return g.CO }, 3},
	{"no2", 1.8, 46.0055, func(g world.Gases) float64 { return g.NO2 }, 3},
	{"so2", 2.2, 64.064, func(g world.Gases) float64 { return g.SO2 }, 3},
	{"o3", 1.5, 47.998, func(g world.Gases) float64 { return g.O3 }, 3},
}

// litresPerMol is a gas's volume at 25 °C and 1 atm.
const litresPerMol = 24.465

func plugGasCells(to place) (plugged, error) {
	chip := ads1115.New(func(at time.Time) (volts [4]float64, ok bool) {
		g, ok := to.src.Gases(at)
		for i, c := range cells {
			ppb := c.microgrammes(g) * litresPerMol / c.gramsPerMol
			volts[i] = (zeroMV + c.mvPerPPB*ppb) / 1000
		}
		return volts, ok
	})
	wires, err := to.board.machine.PlugI2C(to.bus, adcAddress, chip)
	p := plugged{
		sensors: map[string]map[string]any{}, wires: wires, powerCycle: chip.PowerCycle, faults: faults[ads1115.Fault](chip, adcFaults),
	}
	for i, c := range cells {
		p.sensors[c.gas] = map[string]any{
			"i2c": to.bus, "gas": c.gas, "electrodes": 2, "we": i, "zero_mv": zeroMV,
			"sensitivity_mv_per_ppb": c.mvPerPPB, "full_scale_v": c.fullScaleVolt, "warm_up": "1m",
		}
	}
	return p, err
}

// A pressure transducer at the gauge's zero that shows 0 to 10 m as 4 to 20 mA
// over a shunt of 150 Ω.
const (
	shuntOhm  = 150.0
	loopSpanM = 10.0
)

func plugCurrentLoop(to place) (plugged, error) {
	chip := ads1115.New(func(at time.Time) (volts [4]float64, ok bool) {
		level, ok := to.src.Level(at)
		volts[0] = (4 + 16*level/loopSpanM) / 1000 * shuntOhm
		return volts, ok
	})
	wires, err := to.board.machine.PlugI2C(to.bus, adcAddress, chip)
	return plugged{
		sensors: alone(map[string]any{"i2c": to.bus, "input": 0, "shunt_ohm": shuntOhm, "span_m": loopSpanM}),
		wires:   wires, powerCycle: chip.PowerCycle, faults: faults[ads1115.Fault](chip, adcFaults),
	}, err
}

// batteryShuntOhm is what INA219 boards carry.
const batteryShuntOhm = 0.1

func plugINA219(to place) (plugged, error) {
	chip := ina219.New(func(at time.Time) (ina219.Sample, bool) {
		b, ok := to.src.Battery(at)
		return ina219.Sample{Bus: b.Voltage, Shunt: b.Current * batteryShuntOhm}, ok
	})
	wires, err := to.board.machine.PlugI2C(to.bus, 0x40, chip)
	return plugged{
		sensors: alone(map[string]any{"i2c": to.bus}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[ina219.Fault](chip, map[string]ina219.Fault{"stuck": ina219.Stuck, "shunt open": ina219.ShuntOpen}),
	}, err
}
