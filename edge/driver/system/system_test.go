package system

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// pi is what a Raspberry Pi with an eMMC says.
var pi = map[string]string{
	"proc/loadavg":                                        "0.52 0.58 0.59 1/123 4567\n",
	"proc/uptime":                                         "350735.47 234388.90\n",
	"proc/meminfo":                                        "MemTotal:         948304 kB\nMemFree:          104920 kB\nMemAvailable:     601234 kB\n",
	"sys/devices/system/cpu/online":                       "0-3\n",
	"sys/class/thermal/thermal_zone0/type":                "battery\n",
	"sys/class/thermal/thermal_zone0/temp":                "21000\n",
	"sys/class/thermal/thermal_zone1/type":                "cpu-thermal\n",
	"sys/class/thermal/thermal_zone1/temp":                "61834\n",
	"sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
	"sys/block/mmcblk0/device/life_time":                  "0x02 0x04\n",
	"sys/class/hwmon/hwmon1/name":                         "rpi_volt\n",
	"sys/class/hwmon/hwmon1/in0_lcrit_alarm":              "0\n",
}

// machine returns pi's files with some changed; "-" takes one away.
func machine(changes map[string]string) fstest.MapFS {
	all := maps.Clone(pi)
	maps.Copy(all, changes)
	files := fstest.MapFS{}
	for path, content := range all {
		if content != "-" {
			files[path] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return files
}

func roomy(string) (uint64, error) { return 12_000_000_000, nil }

func values(pairs ...any) []driver.Value {
	var vs []driver.Value
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, driver.Measured(pairs[i].(reading.Quantity), pairs[i+1].(float64)))
	}
	return vs
}

var want = values(reading.Load, 13., reading.MemoryFree, 615663616., reading.Uptime, 350735.,
	reading.CPUTemperature, 61.8, reading.Throttled, 1., reading.UnderVoltage, 1.,
	reading.DiskWear, 40., reading.DiskFree, 12e9)

// later is a machine whose files may change.
type later struct{ fs.FS }

func (l *later) Open(name string) (fs.File, error) { return l.FS.Open(name) }

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		files := &later{fstest.MapFS{}}
		d, err := New(files, Opts{Path: "/", Free: func(path string) (uint64, error) {
			if _, err := fs.Stat(files, "proc/uptime"); err != nil {
				return 0, err
			}
			return roomy(path)
		}})
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Rig{
			Dev:       d,
			Good:      func() { files.FS = machine(nil) },
			Want:      want,
			SilentErr: fs.ErrNotExist,
			Garbage: func() {
				files.FS = fstest.MapFS{"proc/loadavg": {Data: []byte("\xff")}, "sys/devices/system/cpu/online": {}}
			},
			GarbageErr: driver.ErrChecksum,
			Half:       func() { files.FS = fstest.MapFS{"proc/meminfo": {Data: []byte("MemTotal: 9")}} },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func sense(t *testing.T, files fs.FS, free func(string) (uint64, error)) ([]driver.Value, error) {
	t.Helper()
	d, err := New(files, Opts{Path: "/data", Free: free})
	if err != nil {
		t.Fatal(err)
	}
	return d.Sense(t.Context())
}

// without returns want without some quantities.
func without(qs ...reading.Quantity) (vs []driver.Value) {
	for _, v := range want {
		keep := true
		for _, q := range qs {
			keep = keep && v.Quantity != q
		}
		if keep {
			vs = append(vs, v)
		}
	}
	return vs
}

func TestFiles(t *testing.T) {
	const (
		throttle = "sys/devices/platform/soc/soc:firmware/get_throttled"
		life     = "sys/block/mmcblk0/device/life_time"
		zone     = "sys/class/thermal/thermal_zone1/"
	)
	changed := func(v driver.Value) []driver.Value {
		vs := append([]driver.Value(nil), want...)
		for i := range vs {
			if vs[i].Quantity == v.Quantity {
				vs[i] = v
			}
		}
		return vs
	}
	for _, tc := range []struct {
		name    string
		changes map[string]string
		want    []driver.Value
		err     error
	}{
		{"all", nil, want, nil},
		{"no eMMC", map[string]string{life: "-"}, without(reading.DiskWear), nil},
		{"an eMMC that does not tell", map[string]string{life: "0x00 0x00"}, without(reading.DiskWear), nil},
		{"an eMMC beyond its life", map[string]string{life: "0x0b 0x01"}, changed(driver.Measured(reading.DiskWear, 110)), nil},
		{"no such life", map[string]string{life: "0x0c"}, without(reading.DiskWear), driver.ErrChecksum},
		{"no monitor of the supply", map[string]string{throttle: "-", "sys/class/hwmon/hwmon1/name": "cpu"}, without(reading.Throttled, reading.UnderVoltage), nil},
		{"the kernel's monitor", map[string]string{throttle: "-", "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n"}, without(reading.Throttled), nil},
		{"its alarm is no number", map[string]string{throttle: "-", "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "x"}, without(reading.Throttled, reading.UnderVoltage), driver.ErrChecksum},
		{"only in the past", map[string]string{throttle: "f0000"}, func() []driver.Value {
			vs := changed(driver.Measured(reading.Throttled, 0))
			vs[5] = driver.Measured(reading.UnderVoltage, 0)
			return vs
		}(), nil},
		{"a Raspberry Pi 5", map[string]string{throttle: "-", "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": "0x5"}, want, nil},
		{"flags that are no number", map[string]string{throttle: "?"}, without(reading.Throttled, reading.UnderVoltage), driver.ErrChecksum},
		{"no processor zone", map[string]string{zone + "type": "nvme"}, changed(driver.Measured(reading.CPUTemperature, 21)), nil},
		{"frost", map[string]string{zone + "temp": "-3000"}, changed(driver.Measured(reading.CPUTemperature, -3)), nil},
		{"a temperature that is none", map[string]string{zone + "temp": ""}, without(reading.CPUTemperature), driver.ErrChecksum},
		{"overloaded", map[string]string{"proc/loadavg": "8.00 1 1 1/1 1"}, changed(driver.Value{Quantity: reading.Load, Value: 200, Quality: reading.Suspect}), nil},
		{"a load of NaN", map[string]string{"proc/loadavg": "NaN"}, without(reading.Load), driver.ErrChecksum},
		{"no processors", map[string]string{"sys/devices/system/cpu/online": "3-1"}, without(reading.Load), driver.ErrChecksum},
		{"negative uptime", map[string]string{"proc/uptime": "-1"}, without(reading.Uptime), driver.ErrChecksum},
		{"an old kernel's memory", map[string]string{"proc/meminfo": "MemTotal: 1 kB\n"}, without(reading.MemoryFree), driver.ErrChecksum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := sense(t, machine(tc.changes), roomy)
			if !errors.Is(err, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFolderThatIsNotThere(t *testing.T) {
	got, err := sense(t, machine(nil), func(path string) (uint64, error) {
		return 0, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "let path name") {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(without(reading.DiskFree), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzFiles(f *testing.F) {
	for _, content := range pi {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		changes := map[string]string{}
		for path := range pi {
			changes[path] = content
		}
		got, err := sense(t, machine(changes), roomy)
		for _, v := range got {
			if math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
				t.Fatalf("%+v, %v", v, err)
			}
		}
	})
}
