package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/wire"
)

const firmware = "sys/devices/platform/soc/soc:firmware/get_throttled"

func noFiles(d *Deps) { d.Files = fstest.MapFS{} }

func TestPower(t *testing.T) {
	monitor := func(alarm string) func(*Deps) {
		return func(d *Deps) {
			d.Files = fstest.MapFS{
				"sys/class/hwmon/hwmon0/name":            {Data: []byte("cpu_thermal\n")},
				"sys/class/hwmon/hwmon1/name":            {Data: []byte("rpi_volt\n")},
				"sys/class/hwmon/hwmon1/in0_lcrit_alarm": {Data: []byte(alarm)},
			}
		}
	}
	examine(t, []worse{
		{"too low now", file(firmware, "50005\n"), "power", Failure, "SEKARANG"},
		{"too low, and slowed for it", file(firmware, "0x50005"), "power", Warning, "diperlambat"},
		{"too low before", file(firmware, "10000\n"), "power", Warning, "pernah kurang"},
		{"slowed before", file(firmware, "80000\n"), "power", Warning, "pernah diperlambat"},
		{"hot", file(firmware, "8\n"), "power", Warning, "sedang diperlambat"},
		{"nonsense", file(firmware, "hello"), "power", Unknown, "tidak melaporkan"},
		{"no Raspberry Pi", noFiles, "power", Unknown, "tidak melaporkan"},
		{"monitor, well", monitor("0\n"), "power", OK, "cukup"},
		{"monitor, too low", monitor("1\n"), "power", Failure, "SEKARANG"},
	})
}

func TestClock(t *testing.T) {
	unsynced := func(more ...func(*Deps)) func(*Deps) {
		return func(d *Deps) {
			d.Clock = func() (float64, bool) { return 0, false }
			for _, f := range more {
				f(d)
			}
		}
	}
	examine(t, []worse{
		{"no clock chip", unsynced(), "clock", Warning, "tanpa jam RTC"},
		{"a clock chip", unsynced(file("sys/class/rtc/rtc0/time", "")), "clock", Warning, "baterainya"},
		{"fake-hwclock", unsynced(file("etc/fake-hwclock.data", "")), "clock", Warning, "fake-hwclock"},
		{"the center's time", unsynced(with(func(s *edge.Snapshot) { s.Clock = wire.Estimated })), "clock", OK, "dari pusat"},
	})
}

func TestStorage(t *testing.T) {
	free := func(n uint64, err error) func(*Deps) {
		return func(d *Deps) { d.Free = func(string) (uint64, error) { return n, err } }
	}
	examine(t, []worse{
		{"read-only root", file("proc/self/mounts", "/dev/mmcblk0p2 / ext4 ro,noatime 0 0\n"), "storage", Failure, "hanya dapat dibaca"},
		{"read-only data", file("proc/self/mounts", "/dev/a / ext4 rw 0 0\n/dev/b /var/lib ext4 ro 0 0\ntorn\n"), "storage", Failure, "/var/lib hanya"},
		{"another is read-only", file("proc/self/mounts", "/dev/a / ext4 rw 0 0\n/dev/b /var/li ext4 ro 0 0\n"), "storage", OK, "sisa 20 GB"},
		{"full", free(200<<20, nil), "storage", Failure, "antrean tidak dapat bertambah"},
		{"nearly full", free(400<<20, nil), "storage", Warning, "sisa 400 MB"},
		{"not to be looked at", free(0, fs.ErrPermission), "storage", Unknown, "sudo"},
		{"broken", free(0, errors.New("input/output error")), "storage", Failure, "input/output error"},
	})
}

func TestDevices(t *testing.T) {
	none := func(d *Deps) {
		d.Buses, d.Ports = func() []string { return nil }, func() []string { return nil }
		delete(d.Files.(fstest.MapFS), "dev/gpiochip0")
	}
	sensor := func(key string) func(*Deps) {
		return func(d *Deps) {
			none(d)
			d.Config.Sensors = []edge.SensorConfig{{ID: "a", Options: map[string]any{key: "x"}}}
		}
	}
	examine(t, []worse{
		{"no I2C, and a sensor on it", sensor("i2c"), "devices", Failure, "raspi-config"},
		{"no serial port, and a sensor on it", sensor("port"), "devices", Failure, "port serial"},
		{"no GPIO, and a sensor on it", sensor("pin"), "devices", Failure, "tidak ada di mesin ini"},
		{"no I2C and no need", sensor("pin"), "devices", Unknown, "I2C: tidak ada"},
		{"no GPIO and no need", none, "devices", Unknown, "GPIO: tidak ada"},
		{"I2C not to be opened", func(d *Deps) {
			d.I2C = func(string) error { return fmt.Errorf("open: %w", fs.ErrPermission) }
		}, "devices", Warning, "usermod"},
		{"ports not to be opened", func(d *Deps) { d.Access = func(string) error { return fs.ErrPermission } }, "devices", Warning, "Serial: "},
		{"groups are missing", file("etc/group", "root:x:0:\ndialout:x:20:\n"), "devices", Warning, "groupadd --system i2c; sudo groupadd --system gpio"},
		{"no groups at all", noFiles, "devices", OK, "I2C"},
	})
}
