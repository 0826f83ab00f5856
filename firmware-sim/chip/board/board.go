package board

import (
	"sync"
	"time"
)

// Sample is how the machine fares at a moment.
type Sample struct {
	// CPUTempC is the processor's temperature in °C. From 80 on its clock is
	// held back, from 85 on it is throttled.
	CPUTempC float64
	// MemTotal and MemAvailable are in bytes.
	MemTotal, MemAvailable uint64
	// Load is the number of processes that ran or waited to, on average over 1,
	// 5 and 15 minutes.
	Load [3]float64
	// WiFi is the radio of wlan0; nil has no connection.
	WiFi *WiFi
	// EMMC is the wear of soldered memory; nil is an SD card, which tells none.
	EMMC *EMMC
	// Modem is the mobile modem; nil has none.
	Modem *Modem
}

// WiFi is a radio's reception: link quality 0 to 70, and level in dBm.
type WiFi struct {
	Quality, LevelDBm int
}

// EMMC is the wear that eMMC memory tells of: life used in percent of its two
// kinds of blocks, and of the reserve blocks.
type EMMC struct {
	LifeUsedA, LifeUsedB, ReserveUsed float64
}

// Fault is what is wrong with the machine.
type Fault int

// The faults.
const (
	// None is a sound machine.
	None Fault = iota
	// UnderVoltage is a supply below 4.63 V: the processor is throttled, the
	// alarm is on, and the firmware remembers it until the power is cut.
	UnderVoltage
	// ThermalUnreadable is a sensor that the kernel cannot read: its file opens
	// but does not read.
	ThermalUnreadable
	// ModemHung is a modem that ModemManager has lost.
	ModemHung
	// NoModemManager is a ModemManager that does not run.
	NoModemManager
)

// Bits of get_throttled; each has a memory 16 bits higher (Raspberry Pi
// documentation, vcgencmd).
const (
	bitUnderVoltage = 1 << iota
	bitCapped
	bitThrottled

	remembered = 16
)

// Board is one machine. It is an fs.FS over its files, and its methods may be
// called concurrently.
type Board struct {
	now    func() time.Time
	sample func(at time.Time) (Sample, bool)

	mu        sync.Mutex // guards what follows
	fault     Fault
	booted    time.Time
	throttled uint32 // as get_throttled has it, as far as anybody has looked
	polling   int    // seconds between ModemManager's looks at the signal; 0 is never
}

// New returns a machine that has booted now, on the clock that now gives, and
// fares as sample says. Where sample says false it has no files and no programs.
// Neither function may call the machine.
func New(now func() time.Time, sample func(at time.Time) (Sample, bool)) *Board {
	return &Board{now: now, sample: sample, booted: now()}
}

// PowerCycle boots the machine anew: its uptime begins again, the firmware has
// forgotten past throttling, and ModemManager no longer polls the signal.
func (b *Board) PowerCycle() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.booted, b.throttled, b.polling = b.now(), 0, 0
}

// SetFault puts a fault into the machine, or with None takes it away.
func (b *Board) SetFault(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = f
}

// state is what the files and programs show of.
type state struct {
	Sample
	fault     Fault
	uptime    time.Duration
	throttled uint32
	polling   int
}

// look takes the machine's state; ok is false where there is none.
func (b *Board) look() (s state, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.now()
	s.Sample, ok = b.sample(at)
	bits := uint32(0)
	if b.fault == UnderVoltage {
		bits |= bitUnderVoltage | bitThrottled
	}
	if s.CPUTempC >= 80 {
		bits |= bitCapped
	}
	if s.CPUTempC >= 85 {
		bits |= bitThrottled
	}
	b.throttled = b.throttled>>remembered<<remembered | bits<<remembered | bits
	s.fault, s.uptime, s.throttled, s.polling = b.fault, max(0, at.Sub(b.booted)), b.throttled, b.polling
	return s, ok
}
