package board

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

// machine is a board with a clock and a state that tests move.
type machine struct {
	*Board
	at time.Time
	s  Sample
	ok bool
}

func boot() *machine {
	m := &machine{at: t0, ok: true, s: Sample{
		CPUTempC: 48.312, MemTotal: 1 << 30, MemAvailable: 612 << 20, Load: [3]float64{0.15, 1, 12.345},
		WiFi: &WiFi{Quality: 58, LevelDBm: -52}, EMMC: &EMMC{LifeUsedA: 9.9, LifeUsedB: 23, ReserveUsed: 1},
		Modem: &Modem{State: "connected", Technology: "lte", Operator: "TELKOMSEL", OperatorCode: "51010", Quality: 75, RSSI: -67, RSRP: -95.5, RSRQ: -11, SNR: 12.4},
	}}
	m.Board = New(func() time.Time { return m.at }, func(time.Time) (Sample, bool) { return m.s, m.ok })
	return m
}

func (m *machine) file(t testing.TB, name string) string {
	t.Helper()
	b, err := fs.ReadFile(m, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFiles(t *testing.T) {
	m := boot()
	m.at = t0.Add(90*time.Minute + 250*time.Millisecond)
	for name, want := range map[string]string{
		"sys/class/thermal/thermal_zone0/temp":                "48312\n",
		"sys/class/hwmon/hwmon0/name":                         "cpu_thermal\n",
		"sys/class/hwmon/hwmon0/temp1_input":                  "48312\n",
		"sys/class/hwmon/hwmon1/name":                         "rpi_volt\n",
		"sys/class/hwmon/hwmon1/in0_lcrit_alarm":              "0\n",
		"sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
		"proc/uptime":                           "5400.25 18900.88\n",
		"proc/loadavg":                          "0.15 1.00 12.35 1/187 4242\n",
		"sys/block/mmcblk0/device/type":         "MMC\n",
		"sys/block/mmcblk0/device/life_time":    "0x01 0x03\n",
		"sys/block/mmcblk0/device/pre_eol_info": "0x01\n",
	} {
		if got := m.file(t, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := m.file(t, "proc/meminfo"); !strings.Contains(got, "MemTotal:        1048576 kB\n") || !strings.Contains(got, "MemAvailable:     626688 kB\n") {
		t.Errorf("meminfo %q", got)
	}
	lines := strings.Split(m.file(t, "proc/net/wireless"), "\n")
	if len(lines) != 4 || lines[2] != " wlan0: 0000    58.  -52.  -256        0      0      0      0      0        0" {
		t.Errorf("wireless %q", lines)
	}
	if err := fstest.TestFS(m, "proc/uptime", "sys/class/hwmon/hwmon1/name"); err != nil {
		t.Error(err)
	}
	if found, err := fs.Glob(m, "sys/class/hwmon/hwmon*/name"); err != nil || len(found) != 2 {
		t.Errorf("hwmon %v, %v", found, err)
	}
}

func TestFilesChange(t *testing.T) {
	m := boot()
	m.s.CPUTempC, m.s.WiFi, m.s.EMMC = -3.5, nil, nil
	if got := m.file(t, thermalFile); got != "-3500\n" {
		t.Errorf("temperature %q", got)
	}
	if got := m.file(t, "proc/net/wireless"); strings.Count(got, "\n") != 2 {
		t.Errorf("wireless without a connection %q", got)
	}
	if got := m.file(t, eMMC+"type"); got != "SD\n" {
		t.Errorf("card type %q", got)
	}
	if _, err := m.Open(eMMC + "life_time"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an SD card tells its wear: %v", err)
	}
	m.s.EMMC = &EMMC{LifeUsedA: 100, LifeUsedB: 250, ReserveUsed: 85}
	if got := m.file(t, eMMC+"life_time") + m.file(t, eMMC+"pre_eol_info"); got != "0x0b 0x0b\n0x02\n" {
		t.Errorf("wear %q", got)
	}
	m.ok = false
	if _, err := m.Open("proc/uptime"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a gap: %v", err)
	}
}

func TestThrottling(t *testing.T) {
	m := boot()
	throttled := func() string {
		return m.file(t, "sys/devices/platform/soc/soc:firmware/get_throttled") + m.file(t, voltHwmon+"in0_lcrit_alarm")
	}
	for _, step := range []struct {
		temperature float64
		fault       Fault
		want        string
	}{
		{70, None, "0\n0\n"},
		{70, UnderVoltage, "50005\n1\n"},
		{70, None, "50000\n0\n"},
		{81, None, "70002\n0\n"},
		{86, None, "70006\n0\n"},
		{60, None, "70000\n0\n"},
	} {
		m.s.CPUTempC = step.temperature
		m.SetFault(step.fault)
		if got := throttled(); got != step.want {
			t.Errorf("%v °C, fault %d: %q, want %q", step.temperature, step.fault, got, step.want)
		}
	}
	m.at = t0.Add(time.Hour)
	m.PowerCycle()
	if got := throttled() + m.file(t, "proc/uptime"); got != "0\n0\n0.00 0.00\n" {
		t.Errorf("after a boot %q", got)
	}
	m.SetFault(ThermalUnreadable)
	if _, err := fs.ReadFile(m, thermalFile); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("unreadable: %v", err)
	}
}

func TestModem(t *testing.T) {
	m := boot()
	ask := func(args ...string) string {
		t.Helper()
		b, err := m.Command("mmcli", args...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(b), "\n")
	}
	const nothing = `{"modem":{"signal":{"5g":{"error-rate":"--","rsrp":"--","rsrq":"--","snr":"--"},"cdma1x":{"ecio":"--","error-rate":"--","rssi":"--"},"evdo":{"ecio":"--","error-rate":"--","io":"--","rssi":"--","sinr":"--"},"gsm":{"error-rate":"--","rssi":"--"},"lte":{"error-rate":"--","rsrp":"--","rsrq":"--","rssi":"--","snr":"--"},"refresh":{"rate":"0"},"threshold":{"error-rate":"no","rssi":"0"},"umts":{"ecio":"--","error-rate":"--","rscp":"--","rssi":"--"}}}}`
	if got := ask("-m", "any", "--signal-get", "-J"); got != nothing {
		t.Errorf("before polling %s", got)
	}
	ask("-m", "any", "--signal-setup=10")
	lte := strings.Replace(nothing, `"rsrp":"--","rsrq":"--","rssi":"--","snr":"--"`, `"rsrp":"-95.50","rsrq":"-11.00","rssi":"-67.00","snr":"12.40"`, 1)
	lte = strings.Replace(lte, `"rate":"0"`, `"rate":"10"`, 1)
	if got := ask("--modem=0", "--signal-get", "--output-json"); got != lte {
		t.Errorf("lte %s\nwant %s", got, lte)
	}
	m.s.Modem.Technology, m.s.Modem.DecimalComma = "gsm", true
	if got := ask("-m", modemPath, "--signal-get", "-J"); !strings.Contains(got, `"gsm":{"error-rate":"--","rssi":"-67,00"}`) {
		t.Errorf("gsm %s", got)
	}
	m.s.Modem.Technology = "umts"
	if got := ask("-m", "any", "--signal-get", "-J"); !strings.Contains(got, `"rscp":"--","rssi":"-67,00"}`) {
		t.Errorf("umts %s", got)
	}
	if got := ask("-m", "ANY", "-J"); !strings.Contains(got, `"operator-name":"TELKOMSEL"`) || !strings.Contains(got, `"signal-quality":{"recent":"yes","value":"75"}`) || !strings.Contains(got, `"access-technologies":["umts"]`) {
		t.Errorf("modem %s", got)
	}
	m.s.Modem = &Modem{State: "searching", Technology: "lte"}
	if got := ask("-m", "any", "-J"); !strings.Contains(got, `"operator-name":"--","registration-state":"searching"`) || !strings.Contains(got, `"access-technologies":[]`) {
		t.Errorf("searching modem %s", got)
	}
	if got := ask("-m", "any", "--signal-get", "-J"); strings.Contains(got, "0.00") {
		t.Errorf("searching, yet a signal: %s", got)
	}
	if got := ask("-L", "-J"); got != `{"modem-list":["/org/freedesktop/ModemManager1/Modem/0"]}` {
		t.Errorf("list %s", got)
	}
	m.PowerCycle()
	m.s.Modem.State = "connected"
	if got := ask("-m", "any", "--signal-get", "-J"); got != nothing {
		t.Errorf("after a boot %s", got)
	}
	m.s.Modem = nil
	if got := ask("-L", "-J"); got != `{"modem-list":[]}` {
		t.Errorf("list without a modem %s", got)
	}
}

func TestModemErrors(t *testing.T) {
	m := boot()
	fails := func(want error, name string, args ...string) {
		t.Helper()
		if out, err := m.Command(name, args...); !errors.Is(err, want) || out != nil {
			t.Errorf("%s %q: %q, %v, want %v", name, args, out, err, want)
		}
	}
	fails(exec.ErrNotFound, "vcgencmd", "measure_temp")
	fails(errNoModem, "mmcli", "-m", "1", "-J")
	for _, args := range [][]string{nil, {"-m"}, {"-J"}, {"-m", "any"}, {"-L", "-m", "any", "-J"}, {"-m", "any", "--signal-setup=x"}, {"--reset"}} {
		fails(ErrUsage, "mmcli", args...)
	}
	m.SetFault(ModemHung)
	fails(errTimeout, "mmcli", "-m", "any", "--signal-get", "-J")
	m.SetFault(NoModemManager)
	fails(errNoManager, "mmcli", "-L", "-J")
	m.SetFault(None)
	m.s.Modem = nil
	fails(errNoModem, "mmcli", "-m", "any", "-J")
	m.ok = false
	fails(exec.ErrNotFound, "mmcli", "-L", "-J")
}

func FuzzCommand(f *testing.F) {
	f.Add("-m any -J")
	f.Add("-m any --signal-setup=5")
	f.Add("-L --output-json --modem=")
	f.Fuzz(func(t *testing.T, args string) {
		m := boot()
		b, err := m.Command("mmcli", strings.Fields(args)...)
		if err == nil && !json.Valid(b) && !strings.HasPrefix(string(b), "Successfully") {
			t.Fatalf("%q", b)
		}
	})
}
