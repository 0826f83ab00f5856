package edge

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"
)

// SendConfig says how much of the link the backlog may take. What is 0 is as the
// profile has it.
type SendConfig struct {
	// Profile is ProfileLAN or ProfileCellular.
	Profile string `mapstructure:"profile"`
	// Window is how many packs may be under way without acknowledgement. It is a
	// bound: the sender begins with few, takes more while acknowledgements come
	// soon, and fewer when packs are lost or the round trip exceeds ResendMin.
	Window int `mapstructure:"window"`
	// FillPacksPerSecond and FillBytesPerSecond are the pace of the backlog and of
	// everything that is sent again. The live lane is not held up, but counts.
	FillPacksPerSecond float64 `mapstructure:"fill_packs_per_second"`
	FillBytesPerSecond float64 `mapstructure:"fill_bytes_per_second"`
	// ResendMin and ResendMax bound how long a pack waits for its acknowledgement
	// before it is sent again.
	ResendMin time.Duration `mapstructure:"resend_min"`
	ResendMax time.Duration `mapstructure:"resend_max"`
}

// The kinds of link between a node and its broker.
const (
	// ProfileLAN is a cable, Wi-Fi or fibre: 72 hours of a pack every 10 s take
	// half a minute.
	ProfileLAN = "lan"
	// ProfileCellular is a modem with a data plan, perhaps GPRS: 72 hours take about
	// an hour, and the wall is current all the while.
	ProfileCellular = "cellular"
)

// maxWindow bounds what a reconnect may send twice.
const maxWindow = 1024

func profile(name string) (SendConfig, bool) {
	switch name {
	case ProfileLAN:
		return SendConfig{name, 256, 800, 4 << 20, time.Second, 30 * time.Second}, true
	case ProfileCellular:
		return SendConfig{name, 32, 10, 8 << 10, 4 * time.Second, 2 * time.Minute}, true
	}
	return SendConfig{}, false
}

// resolved returns c with what it leaves open as its profile has it.
func (c SendConfig) resolved() (SendConfig, error) {
	p, ok := profile(c.Profile)
	if !ok {
		return c, fmt.Errorf("send.profile: %q: use %s or %s", c.Profile, ProfileLAN, ProfileCellular)
	}
	var errs []error
	bad := func(key string, value any, want string) {
		errs = append(errs, fmt.Errorf("send.%s: %v %s", key, value, want))
	}
	if c.Window != 0 {
		if p.Window = c.Window; c.Window < 1 || c.Window > maxWindow {
			bad("window", c.Window, fmt.Sprintf("is outside 1 to %d; 0 is the profile's", maxWindow))
		}
	}
	for _, n := range []struct {
		key        string
		own, usual *float64
	}{
		{"fill_packs_per_second", &c.FillPacksPerSecond, &p.FillPacksPerSecond},
		{"fill_bytes_per_second", &c.FillBytesPerSecond, &p.FillBytesPerSecond},
	} {
		if *n.own != 0 {
			*n.usual = *n.own
		}
		if !(*n.usual > 0) {
			bad(n.key, *n.own, "is not above 0; 0 is the profile's")
		}
	}
	if c.ResendMin != 0 {
		p.ResendMin = c.ResendMin
	}
	if c.ResendMax != 0 {
		p.ResendMax = c.ResendMax
	}
	if p.ResendMin < 100*time.Millisecond {
		bad("resend_min", p.ResendMin, "is less than 100ms")
	}
	if p.ResendMax < p.ResendMin || p.ResendMax > time.Hour {
		bad("resend_max", p.ResendMax, fmt.Sprintf("is outside resend_min (%v) to 1h", p.ResendMin))
	}
	return p, errors.Join(errs...)
}

// pace holds the backlog to so many packs and bytes a second. Not for concurrent
// use.
type pace struct{ packs, bytes *rate.Limiter }

func newPace(c SendConfig) pace {
	limiter := func(perSecond float64) *rate.Limiter {
		return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/4)))
	}
	return pace{limiter(c.FillPacksPerSecond), limiter(c.FillBytesPerSecond)}
}

// wait is how long until one more pack may go; 0 is now. A pack of any size may
// go where no byte is owed: the next one waits for it.
func (p pace) wait(now time.Time) time.Duration {
	lack := func(l *rate.Limiter, want float64) float64 { return (want - l.TokensAt(now)) / float64(l.Limit()) }
	s := max(lack(p.packs, 1), lack(p.bytes, 0))
	if s <= 0 {
		return 0
	}
	return max(time.Duration(s*float64(time.Second)), time.Millisecond)
}

// spend counts a pack of so many bytes, which may be more than there is.
func (p pace) spend(now time.Time, bytes int) {
	p.packs.ReserveN(now, 1)
	for burst := p.bytes.Burst(); bytes > 0; bytes -= burst {
		p.bytes.ReserveN(now, min(bytes, burst))
	}
}
