package local

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/internal/reading"
)

// village is a node that says something of every kind.
type village struct{}

func (village) Snapshot() edge.Snapshot {
	f := func(v float64) *float64 { return &v }
	value := func(q reading.Quantity, raw float64, corrected *float64, version int, quality reading.Quality, age float64) edge.ValueSnapshot {
		in := q.Info()
		return edge.ValueSnapshot{
			Quantity: in.Name, TitleID: in.TitleID, TitleEN: in.TitleEN, Unit: in.Display,
			Raw: raw, Corrected: corrected, Calibration: version, Quality: quality.String(), AgeS: age,
		}
	}
	sensor := func(id, driver, model string, interval float64, health, code, err string, values ...edge.ValueSnapshot) edge.SensorSnapshot {
		return edge.SensorSnapshot{
			ID: id, Driver: driver, Model: model, IntervalS: interval, Health: health, Code: code, Error: err, SinceS: 754, Values: values,
		}
	}
	return edge.Snapshot{
		Node: "sutojayan-01", Site: "35.05.12.1001", Version: "v0.3.0", Simulated: true, PID: 411,
		Time: time.Date(2026, 11, 22, 6, 30, 5, 0, time.UTC), UptimeS: 262_860, Clock: "est", ClockErrorS: 2.4,
		Broker:  edge.BrokerSnapshot{URL: "tcp://10.0.0.1:1883", Connected: false, LastError: "dial tcp 10.0.0.1:1883: connect: no route to host", AckAgoS: f(5400)},
		Centers: []edge.CenterSnapshot{{Ingester: "ingest-1", Accepting: true, HeardAgoS: 5401}},
		Refused: &edge.RefusedSnapshot{Packs: 2, Reason: "holds real readings", AgoS: 5400},
		Queue: edge.QueueSnapshot{
			Packs: 541, Bytes: 812_000, DiskBytes: 1_100_000, MaxBytes: 512 << 20, RoomBytes: 480 << 20,
			OldestAgeS: f(5410), DaysLeft: f(38.2), Durability: "always", Ranges: []edge.SeqRange{{From: 100, To: 640}},
		},
		Sensors: []edge.SensorSnapshot{
			sensor("pm-1", "pms5003", "Plantower PMS5003", 10, "ok", "", "",
				value(reading.PM2_5, 58, f(42.1), 3, reading.NotEvaluated, 1.2),
				value(reading.PM10, 71, nil, 0, reading.Good, 1.2)),
			sensor("air-1", "a02yyuw", "DFRobot A02YYUW", 10, "ok", "", "",
				value(reading.Level, 1.247, nil, 0, reading.Suspect, 2.5),
				value(reading.Distance, 1953, nil, 0, reading.NotEvaluated, 2.5)),
			sensor("bme-1", "bme280", "Bosch BME280", 10, "failing", "no_answer", "read chip id: i2c address 0x76: the sensor does not answer",
				value(reading.Temperature, 27.31, nil, 0, reading.NotEvaluated, 754),
				value(reading.Humidity, 81.2, nil, 0, reading.NotEvaluated, 754)),
			sensor("co2-1", "scd41", "Sensirion SCD41", 10, "warming", "warming_up", ""),
			sensor("beam-1-masuk", "breakbeam", "IR break beam", 60, "ok", "", "",
				value(reading.Flow, 420, nil, 0, reading.NotEvaluated, 34),
				value(reading.Speed, 31.4, nil, 0, reading.NotEvaluated, 34)),
			sensor("modem", "modem", "Modem", 60, "ok", "", "", value(reading.Signal, -97, nil, 0, reading.NotEvaluated, 12)),
			sensor("node", "system", "Raspberry Pi", 60, "ok", "", "",
				value(reading.CPUTemperature, 54.3, nil, 0, reading.NotEvaluated, 8),
				value(reading.DiskFree, 21_400_000_000, nil, 0, reading.NotEvaluated, 8),
				value(reading.UnderVoltage, 0, nil, 0, reading.NotEvaluated, 8),
				value(reading.Uptime, 262_860, nil, 0, reading.NotEvaluated, 8)),
		},
	}
}

// newServer returns a server of the village with a PIN of 246813 and corrections
// of its own.
func newServer(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	store, err := calibration.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadPIN(pinFile(t, "246813\n", 0o600))
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Node: village{}, Store: store, PIN: p, Hosts: []string{"sutojayan-01.local"},
		Gives: map[reading.SensorID][]reading.Quantity{
			"pm-1": {reading.PM2_5, reading.PM10}, "air-1": {reading.Level, reading.Distance},
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&opt)
	}
	return New(opt)
}

func pinFile(t testing.TB, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pin")
	if err := errors.Join(os.WriteFile(file, []byte(content), mode), os.Chmod(file, mode)); err != nil {
		t.Fatal(err)
	}
	return file
}

// found is what a scan of the village finds.
var found = []scan.Finding{
	{
		Place: scan.Place{Bus: "1", Address: 0x76}, Chip: "bme280", Model: "Bosch BME280", Sure: true,
		Values: []scan.Value{{Quantity: "temperature", Unit: "°C", Value: 27.31}, {Quantity: "humidity", Unit: "%RH", Value: 101, Suspect: true}},
	},
	{Place: scan.Place{Port: "/dev/ttyUSB0", Baud: 9600}, Chip: "pms5003", Model: "Plantower PMS5003", Also: []string{"pms7003"}, Detail: "version 151"},
	{Place: scan.Place{Port: "/dev/ttyS0"}, Problem: explain.Console, Error: "open serial port /dev/ttyS0: it is the system's console"},
	{Place: scan.Place{Port: "/dev/serial0"}, Problem: explain.InUse, Sensor: "pm-1"},
}
