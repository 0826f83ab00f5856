package fleet

import (
	"time"

	"github.com/siaga-id/siaga/firmware-sim/chip/aht20"
	"github.com/siaga-id/siaga/firmware-sim/chip/bme280"
	"github.com/siaga-id/siaga/firmware-sim/chip/pms5003"
	"github.com/siaga-id/siaga/firmware-sim/chip/scd4x"
	"github.com/siaga-id/siaga/firmware-sim/chip/sds011"
	"github.com/siaga-id/siaga/firmware-sim/chip/sgp30"
	"github.com/siaga-id/siaga/firmware-sim/chip/sps30"
)

// warm is what the options say of a sensor that warms up: nothing, or that the
// simulated chip has been running for long.
func (to place) warm(options map[string]any) map[string]map[string]any {
	if to.board.running {
		options["warm_up"] = "0s"
	}
	return alone(options)
}

func plugPMS5003(to place) (plugged, error) {
	chip := pms5003.New(func(at time.Time) (pms5003.Sample, bool) {
		a, ok := to.src.Air(at)
		return pms5003.Sample{CF1: pms5003.Mass(a.CF1), Atmospheric: pms5003.Mass(a.Atmospheric)}, ok
	})
	wires, err := to.board.machine.PlugSerial(to.port, pms5003.Baud, chip)
	return plugged{
		sensors: to.warm(map[string]any{"port": to.port}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[pms5003.Fault](chip, map[string]pms5003.Fault{"stuck": pms5003.Stuck, "fan stopped": pms5003.FanStopped}),
	}, err
}

func plugSDS011(to place) (plugged, error) {
	chip := sds011.New(func(at time.Time) (sds011.Sample, bool) {
		a, ok := to.src.Air(at)
		return sds011.Sample{PM2_5: a.Atmospheric.PM2_5, PM10: a.Atmospheric.PM10}, ok
	})
	wires, err := to.board.machine.PlugSerial(to.port, sds011.Baud, chip)
	return plugged{
		sensors: to.warm(map[string]any{"port": to.port}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[sds011.Fault](chip, map[string]sds011.Fault{
			"stuck": sds011.Stuck, "fan stopped": sds011.FanStopped, "blinded": sds011.Blinded,
		}),
	}, err
}

// particles is what an SPS30 finds; PM4 lies between what the world tells.
func (to place) particles() func(time.Time) (sps30.Sample, bool) {
	return func(at time.Time) (sps30.Sample, bool) {
		a, ok := to.src.Air(at)
		m := a.Atmospheric
		return sps30.Sample{PM1: m.PM1, PM2_5: m.PM2_5, PM4: m.PM2_5 + 0.4*(m.PM10-m.PM2_5), PM10: m.PM10}, ok
	}
}

var sps30Faults = map[string]sps30.Fault{
	"stuck": sps30.Stuck, "wrong id": sps30.WrongID, "fan blocked": sps30.FanBlocked,
	"laser failed": sps30.LaserFailed, "fan speed": sps30.FanSpeed,
}

func plugSPS30(to place) (plugged, error) {
	chip := sps30.NewUART(to.particles())
	wires, err := to.board.machine.PlugSerial(to.port, sps30.Baud, chip)
	return plugged{
		sensors: to.warm(map[string]any{"port": to.port}), wires: wires,
		powerCycle: chip.PowerCycle, faults: faults[sps30.Fault](chip, sps30Faults),
	}, err
}

func plugSPS30I2C(to place) (plugged, error) {
	chip := sps30.NewI2C(to.particles())
	wires, err := to.board.machine.PlugI2C(to.bus, sps30.Address, chip)
	return plugged{
		sensors: to.warm(map[string]any{"i2c": to.bus}), wires: wires,
		powerCycle: chip.PowerCycle, faults: faults[sps30.Fault](chip, sps30Faults),
	}, err
}

func (to place) breath() func(time.Time) (scd4x.Sample, bool) {
	return func(at time.Time) (scd4x.Sample, bool) {
		g, known := to.src.Gases(at)
		w, ok := to.src.Weather(at)
		return scd4x.Sample{CO2: g.CO2, Temperature: w.Temperature, Humidity: w.Humidity}, known && ok
	}
}

func plugSCD40(to place) (plugged, error) { return plugSCD4x(to, scd4x.NewSCD40(to.breath())) }

func plugSCD41(to place) (plugged, error) { return plugSCD4x(to, scd4x.New(to.breath())) }

func plugSCD4x(to place, chip *scd4x.Chip) (plugged, error) {
	wires, err := to.board.machine.PlugI2C(to.bus, scd4x.Address, chip)
	return plugged{
		sensors: alone(map[string]any{"i2c": to.bus}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[scd4x.Fault](chip, map[string]scd4x.Fault{
			"stuck": scd4x.Stuck, "malfunction": scd4x.Malfunction, "wrong id": scd4x.WrongID,
		}),
	}, err
}

func plugSGP30(to place) (plugged, error) {
	chip := sgp30.New(func(at time.Time) (sgp30.Sample, bool) {
		g, ok := to.src.Gases(at)
		return sgp30.Sample{TVOC: g.TVOC, ECO2: 400 + 0.8*g.TVOC}, ok
	})
	wires, err := to.board.machine.PlugI2C(to.bus, sgp30.Address, chip)
	return plugged{
		sensors: alone(map[string]any{"i2c": to.bus}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[sgp30.Fault](chip, map[string]sgp30.Fault{
			"stuck": sgp30.Stuck, "heater off": sgp30.HeaterOff, "wrong id": sgp30.WrongID,
		}),
	}, err
}

func plugBME280(to place) (plugged, error) {
	const address = 0x76
	wires, err := to.board.machine.PlugI2C(to.bus, address, bme280.New(func(at time.Time) (bme280.Sample, bool) {
		w, ok := to.src.Weather(at)
		return bme280.Sample(w), ok
	}))
	return plugged{sensors: alone(map[string]any{"i2c": to.bus, "address": address}), wires: wires}, err
}

func plugAHT20(to place) (plugged, error) {
	chip := aht20.New(func(at time.Time) (aht20.Sample, bool) {
		w, ok := to.src.Weather(at)
		return aht20.Sample{Temperature: w.Temperature, Humidity: w.Humidity}, ok
	})
	wires, err := to.board.machine.PlugI2C(to.bus, aht20.Address, chip)
	return plugged{
		sensors: alone(map[string]any{"i2c": to.bus}), wires: wires, powerCycle: chip.PowerCycle,
		faults: faults[aht20.Fault](chip, map[string]aht20.Fault{
			"stuck": aht20.Stuck, "uncalibrated": aht20.Uncalibrated, "calibration lost": aht20.CalibrationLost,
		}),
	}, err
}
