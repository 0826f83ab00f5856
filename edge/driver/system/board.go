package system

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// glob returns the paths that match, or fs.ErrNotExist.
func glob(files fs.FS, pattern string) ([]string, error) {
	paths, err := fs.Glob(files, pattern)
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("%s: %w", pattern, fs.ErrNotExist)
	}
	return paths, err
}

func temperature(files fs.FS) ([]driver.Value, error) {
	zones, err := glob(files, "sys/class/thermal/thermal_zone*/temp")
	if err != nil {
		return nil, err
	}
	zone := zones[0]
	for _, z := range zones {
		kind, err := fs.ReadFile(files, path.Join(path.Dir(z), "type"))
		if k := string(kind); err == nil && (strings.HasPrefix(k, "cpu") || strings.HasPrefix(k, "soc") || strings.HasPrefix(k, "x86_pkg")) {
			zone = z
			break
		}
	}
	words, err := fields(files, zone)
	if err != nil {
		return nil, err
	}
	milli, err := strconv.ParseInt(words[0], 10, 32)
	if err != nil {
		return nil, garbled(zone, words[0])
	}
	return []driver.Value{driver.Measured(reading.CPUTemperature, float64(milli)/1000)}, nil
}

// The bits of get_throttled that tell of now; 16 higher are those of ever since.
const (
	lowVoltage  = 1 << 0
	capped      = 1 << 1
	slowed      = 1 << 2
	softLimit   = 1 << 3
	anyThrottle = capped | slowed | softLimit
)

func throttled(files fs.FS) ([]driver.Value, error) {
	paths, err := glob(files, "sys/devices/platform/soc*/*firmware/get_throttled")
	if err != nil {
		return undervoltage(files)
	}
	words, err := fields(files, paths[0])
	if err != nil {
		return nil, err
	}
	bits, err := strconv.ParseUint(strings.TrimPrefix(words[0], "0x"), 16, 32)
	if err != nil {
		return nil, garbled(paths[0], words[0])
	}
	return []driver.Value{
		driver.Measured(reading.Throttled, truth(bits&anyThrottle != 0)),
		driver.Measured(reading.UnderVoltage, truth(bits&lowVoltage != 0)),
	}, nil
}

// undervoltage asks the kernel's monitor of the firmware.
func undervoltage(files fs.FS) ([]driver.Value, error) {
	names, err := glob(files, "sys/class/hwmon/hwmon*/name")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		kind, err := fs.ReadFile(files, name)
		if err != nil || strings.TrimSpace(string(kind)) != "rpi_volt" {
			continue
		}
		alarm := path.Join(path.Dir(name), "in0_lcrit_alarm")
		words, err := fields(files, alarm)
		if err != nil {
			return nil, err
		}
		if words[0] != "0" && words[0] != "1" {
			return nil, garbled(alarm, words[0])
		}
		return []driver.Value{driver.Measured(reading.UnderVoltage, truth(words[0] == "1"))}, nil
	}
	return nil, fs.ErrNotExist
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func wear(files fs.FS) ([]driver.Value, error) {
	paths, err := glob(files, "sys/block/*/device/life_time")
	if err != nil {
		return nil, err
	}
	worst := uint64(0)
	for _, p := range paths {
		words, err := fields(files, p)
		if err != nil {
			return nil, err
		}
		for _, w := range words {
			steps, err := strconv.ParseUint(strings.TrimPrefix(w, "0x"), 16, 8)
			if err != nil || steps > 11 { // 11: beyond its life
				return nil, garbled(p, w)
			}
			worst = max(worst, steps)
		}
	}
	if worst == 0 { // the chip does not tell
		return nil, fs.ErrNotExist
	}
	return []driver.Value{driver.Measured(reading.DiskWear, float64(10*worst))}, nil
}
