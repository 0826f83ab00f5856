package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/siaga-id/siaga/internal/wire"
)

// The bits of the Raspberry Pi firmware's get_throttled (raspberrypi/documentation,
// vcgencmd): these tell of now, those 16 higher of ever since the start.
const (
	lowVoltage  = 1 << 0
	throttled   = 1<<1 | 1<<2 | 1<<3 // capped, slowed, hot
	everShifted = 16
)

func (x *exam) power(context.Context) []Line {
	bits, err := x.throttledBits()
	if err != nil {
		return []Line{x.unknown(x.Pick("mesin ini tidak melaporkan catu dayanya", "this machine does not tell of its supply"))}
	}
	supply := x.Pick(
		"Pakai adaptor resmi 5 V 3 A dan kabel pendek; periksa aki, regulator dan beban USB.",
		"Use the official 5 V 3 A adapter and a short cable; check battery, regulator and what draws from USB.")
	cool := x.Pick("Beri ventilasi atau pendingin, jauhkan dari matahari.", "Let air in or add a cooler, keep it out of the sun.")
	var lines []Line
	switch {
	case bits&lowVoltage != 0:
		lines = append(lines, x.fail(x.Pick("tegangan kurang SEKARANG", "the voltage is too low NOW"), supply))
	case bits>>everShifted&lowVoltage != 0:
		lines = append(lines, x.warn(x.Pick("tegangan pernah kurang sejak dinyalakan", "the voltage was too low since the start"), supply))
	}
	switch {
	case bits&throttled != 0:
		lines = append(lines, x.warn(x.Pick("prosesor sedang diperlambat", "the processor is slowed down"), cool))
	case bits>>everShifted&throttled != 0 && len(lines) == 0:
		lines = append(lines, x.warn(x.Pick("prosesor pernah diperlambat sejak dinyalakan", "the processor was slowed down since the start"), cool))
	}
	if len(lines) == 0 {
		lines = append(lines, x.ok(x.Pick("tegangan cukup sejak dinyalakan", "the voltage has been high enough since the start")))
	}
	return lines
}

// throttledBits reads what the firmware says, or else the kernel's monitor of it.
func (x *exam) throttledBits() (uint64, error) {
	if paths, err := fs.Glob(x.Files, "sys/devices/platform/soc*/*firmware/get_throttled"); err == nil && len(paths) > 0 {
		text, err := x.text(paths[0])
		if err != nil {
			return 0, err
		}
		return strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	}
	names, err := fs.Glob(x.Files, "sys/class/hwmon/hwmon*/name")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if kind, err := x.text(name); err == nil && kind == "rpi_volt" {
			alarm, err := x.text(path.Join(path.Dir(name), "in0_lcrit_alarm"))
			if err != nil {
				return 0, err
			}
			return strconv.ParseUint(alarm, 10, 1)
		}
	}
	return 0, fs.ErrNotExist
}

func (x *exam) text(name string) (string, error) {
	b, err := fs.ReadFile(x.Files, name)
	return strings.TrimSpace(string(b)), err
}

func (x *exam) exists(name string) bool {
	_, err := fs.Stat(x.Files, name)
	return err == nil
}

func (x *exam) clock(context.Context) []Line {
	now := x.Now()
	if seconds, synced := x.Clock(); synced {
		return []Line{x.ok(x.Say("%s, selaras, selisih paling banyak %.3f detik", "%s, synchronised, at most %.3f s off",
			now.Format("2006-01-02 15:04:05 MST"), seconds))}
	}
	if x.agentErr == nil && x.snap.Clock == wire.Estimated {
		return []Line{x.ok(x.Say("jam sistem belum selaras; layanan memakai waktu dari pusat (selisih %.1f detik)",
			"the system's clock is not synchronised; the service uses the center's time (%.1f s off)", x.snap.ClockErrorS))}
	}
	facts := x.Pick("tanpa jam RTC", "no clock chip (RTC)")
	switch {
	case x.exists("sys/class/rtc/rtc0"):
		facts = x.Pick("ada jam RTC (hanya berguna bila baterainya terpasang)", "there is a clock chip (RTC), of use only with its battery")
	case x.exists("etc/fake-hwclock.data"):
		facts = x.Pick("jam dilanjutkan dari saat terakhir menyala (fake-hwclock), jadi bisa tertinggal", "the clock went on from when the node was last on (fake-hwclock), so it may be late")
	}
	return []Line{x.warn(
		x.Say("%s, BELUM selaras; %s", "%s, NOT synchronised; %s", now.Format("2006-01-02 15:04:05 MST"), facts),
		x.Pick("Data tetap disimpan dan diberi waktu nanti. Periksa internet, lalu: timedatectl status; sudo timedatectl set-ntp true.",
			"Data is kept and timed later. Check the internet, then: timedatectl status; sudo timedatectl set-ntp true."))}
}

func (x *exam) storage(context.Context) []Line {
	dir := x.dataDir()
	if ro, mount := x.readOnly(dir); ro {
		return []Line{x.fail(x.Say("%s hanya dapat dibaca", "%s is read-only", mount),
			x.Pick("Kartu SD mungkin rusak: sudo dmesg | grep -i mmc, simpan datanya, lalu ganti kartunya.",
				"The SD card may be damaged: sudo dmesg | grep -i mmc, save the data, then replace the card."))}
	}
	free, err := x.Free(dir)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return []Line{x.unknown(x.Say("%s tidak boleh dilihat pengguna ini; pakai sudo", "this user may not look at %s; use sudo", dir))}
	case errors.Is(err, errors.ErrUnsupported):
		return []Line{x.unknown(err.Error())}
	case err != nil:
		return []Line{x.fail(err.Error(), x.Say("Periksa data_dir di %s dan kartu SD.", "Check data_dir in %s and the SD card.", x.ConfigFile))}
	}
	text := x.Say("sisa %s di %s", "%s free at %s", size(free), dir)
	room := x.Pick("Hapus yang tidak perlu (sudo apt clean, sudo journalctl --vacuum-size=100M) atau pakai kartu yang lebih besar.",
		"Delete what is not needed (sudo apt clean, sudo journalctl --vacuum-size=100M) or use a larger card.")
	reserve := uint64(max(0, x.Config.Queue.ReserveBytes))
	switch {
	case free < reserve:
		return []Line{x.fail(text+x.Pick(": antrean tidak dapat bertambah", ": the queue cannot grow"), room)}
	case free < 2*reserve:
		return []Line{x.warn(text, room)}
	}
	return []Line{x.ok(text)}
}

// dataDir is where data is, or would be: the nearest folder that is there.
func (x *exam) dataDir() string {
	dir := x.Config.DataDir
	for dir != filepath.Dir(dir) {
		if _, err := x.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// readOnly reports whether the file system of dir may not be written, and where
// it is mounted.
func (x *exam) readOnly(dir string) (ro bool, mount string) {
	table, err := x.text("proc/self/mounts")
	if err != nil {
		return false, ""
	}
	for line := range strings.Lines(table) {
		f := strings.Fields(line) // device, mount, type, options
		if len(f) < 4 || len(f[1]) < len(mount) {
			continue
		}
		if within := f[1] == "/" || dir == f[1] || strings.HasPrefix(dir, f[1]+"/"); within {
			mount, ro = f[1], slices.Contains(strings.Split(f[3], ","), "ro")
		}
	}
	return ro, mount
}

func size(bytes uint64) string {
	if bytes < 10<<30 {
		return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%.0f GB", float64(bytes)/(1<<30))
}
