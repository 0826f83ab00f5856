package mqtt

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// A password that is replaced is shown with the next connection: a broker that
// knows only the new one is reached without a restart.
func TestPasswordIsReadAnew(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "password"), []byte("rahasia-satu\n"))
	var good atomic.Value
	good.Store("rahasia-satu")
	b := newBroker(t)
	b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
		if c, ok := p.(*packets.ConnectPacket); ok && string(c.Password) != good.Load() {
			return []packets.ControlPacket{connack(packets.ErrRefusedBadUsernameOrPassword)}, true, true
		}
		return nil, false, false
	}
	b.start()
	opt, err := Config{URL: "tcp://" + b.addr, Username: "pusat", PasswordFile: file}.Options()
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, b, func(o *Options) {
		o.Username, o.Secret, o.MaxBackoff = opt.Username, opt.Secret, 10*time.Millisecond
	})
	until(t, "connected", connected(c))
	good.Store("rahasia-dua")
	b.cut()
	until(t, "refused", func() bool {
		_, why := c.Connected()
		return why != nil && strings.Contains(why.Error(), "bad user name or password")
	})
	write(t, file, nil)
	until(t, "told that the file is empty", func() bool { _, why := c.Connected(); return why != nil && strings.Contains(why.Error(), "is empty") })
	write(t, file, []byte("rahasia-dua\n"))
	until(t, "connected again", connected(c))
}
