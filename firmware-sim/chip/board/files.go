package board

import (
	"fmt"
	"io/fs"
	"math"
	"syscall"
	"testing/fstest"
)

// Where the files are, without the leading slash as fs.FS has it.
const (
	thermalFile = "sys/class/thermal/thermal_zone0/temp"
	cpuHwmon    = "sys/class/hwmon/hwmon0/"
	voltHwmon   = "sys/class/hwmon/hwmon1/"
	eMMC        = "sys/block/mmcblk0/device/"
)

// Open opens a file as it is now. What is read from it afterwards does not
// change any more.
func (b *Board) Open(name string) (fs.File, error) {
	s, ok := b.look()
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := s.files().Open(name)
	if err == nil && s.fault == ThermalUnreadable && (name == thermalFile || name == cpuHwmon+"temp1_input") {
		return unreadable{f, name}, nil
	}
	return f, err
}

// files are the machine's files at a moment.
func (s state) files() fstest.MapFS {
	m := fstest.MapFS{}
	put := func(name, format string, args ...any) {
		m[name] = &fstest.MapFile{Data: fmt.Appendf(nil, format, args...), Mode: 0o444}
	}
	milli := int(math.Round(s.CPUTempC * 1000))
	put(thermalFile, "%d\n", milli)
	put("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
	put(cpuHwmon+"name", "cpu_thermal\n")
	put(cpuHwmon+"temp1_input", "%d\n", milli)
	put(voltHwmon+"name", "rpi_volt\n")
	put(voltHwmon+"in0_lcrit_alarm", "%d\n", s.throttled&bitUnderVoltage)
	put("sys/devices/platform/soc/soc:firmware/get_throttled", "%x\n", s.throttled)
	put("proc/uptime", "%.2f %.2f\n", s.uptime.Seconds(), 3.5*s.uptime.Seconds())
	put("proc/loadavg", "%.2f %.2f %.2f 1/187 4242\n", s.Load[0], s.Load[1], s.Load[2])
	put("proc/meminfo", "MemTotal:       %8d kB\nMemFree:        %8d kB\nMemAvailable:   %8d kB\nBuffers:        %8d kB\nCached:         %8d kB\nSwapTotal:      %8d kB\nSwapFree:       %8d kB\n",
		s.MemTotal/1024, s.MemAvailable/2048, s.MemAvailable/1024, s.MemTotal/1024/40, s.MemAvailable/2048, 102396, 102396)
	wireless := "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n" +
		" face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
	if s.WiFi != nil {
		wireless += fmt.Sprintf(" wlan0: 0000   %3d.  %3d.  -256        0      0      0      0      0        0\n", s.WiFi.Quality, s.WiFi.LevelDBm)
	}
	put("proc/net/wireless", "%s", wireless)
	put(eMMC+"type", "SD\n")
	if s.EMMC != nil {
		put(eMMC+"type", "MMC\n")
		put(eMMC+"life_time", "0x%02x 0x%02x\n", lifeTime(s.EMMC.LifeUsedA), lifeTime(s.EMMC.LifeUsedB))
		put(eMMC+"pre_eol_info", "0x%02x\n", endOfLife(s.EMMC.ReserveUsed))
	}
	return m
}

// lifeTime is life used in steps of 10 %, from 1 to 11, which is more than all
// (eMMC 5.0, DEVICE_LIFE_TIME_EST_TYP_A).
func lifeTime(percent float64) int {
	return int(math.Max(1, math.Min(11, math.Floor(percent/10)+1)))
}

// endOfLife is 1 as long as reserve blocks are left, 2 from 80 % used on, 3 from
// 90 % on (eMMC 5.0, PRE_EOL_INFO).
func endOfLife(percent float64) int {
	switch {
	case percent >= 90:
		return 3
	case percent >= 80:
		return 2
	}
	return 1
}

// unreadable is a file whose reads fail as a dead sensor's do.
type unreadable struct {
	fs.File
	name string
}

func (u unreadable) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: u.name, Err: syscall.EINVAL}
}
