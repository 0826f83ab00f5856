package edge

import (
	"io/fs"
	"strings"
	"time"
)

// fakeHwclock is where the package fake-hwclock saves the time at shutdown and
// every hour, as UTC; at boot it sets the clock to it.
const fakeHwclock = "etc/fake-hwclock.data"

// clockSource returns a function that says where a clock that nobody synchronised
// may have its time from, for people to look there. The paths of files have no
// leading slash.
func clockSource(open func() fs.FS) func(sysMS, bootMS int64) string {
	return func(sysMS, bootMS int64) string {
		files := open()
		if text, err := fs.ReadFile(files, fakeHwclock); err == nil {
			saved, err := time.ParseInLocation(time.DateTime, strings.TrimSpace(string(text)), time.UTC)
			// The file may have been saved again since boot.
			if since := sysMS - saved.UnixMilli(); err == nil && since >= 0 && since <= bootMS+2*time.Hour.Milliseconds() {
				return "fake-hwclock"
			}
		}
		if _, err := fs.Stat(files, "sys/class/rtc/rtc0"); err == nil {
			return "battery clock (rtc0)"
		}
		return "none: the board has no clock of its own"
	}
}
