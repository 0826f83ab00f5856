package authority

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

func tambak(name string) registry.Device {
	return registry.Device{Name: name, Role: registry.PlainDevice, Publish: []string{"tambak/" + name + "/#"}}
}

func TestCheckDevice(t *testing.T) {
	c := open(t)
	made, err := c.AddDevice(t.Context(), technician, tambak("kolam-1"), "")
	must(t, err)
	const chosen = "air kolam yang jernih"
	if again, err := c.AddDevice(t.Context(), technician, tambak("kolam-2"), chosen); again != "" || err != nil {
		t.Fatalf("%q, %v", again, err)
	}
	check := func(name, pass string, want error) {
		t.Helper()
		dev, err := c.CheckDevice(t.Context(), name, pass, home)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if want == nil && (dev.Name != name || dev.Publish[0] != "tambak/"+name+"/#" || dev.Password != "") {
			t.Errorf("%+v", dev)
		}
	}
	for range 2 {
		check("kolam-1", made, nil)
		check("kolam-2", chosen, nil)
	}
	for name, pass := range map[string]string{
		"kolam-1": chosen, "kolam-2": made, "kolam-3": made, "": made, "a'; --": made, "kolam-2 ": strings.Repeat("x", maxPassword+1),
	} {
		check(name, pass, ErrPassword)
	}
	check("kolam-1", "", ErrPassword)

	_, renewed, err := c.SetDevice(t.Context(), technician, "kolam-2", DeviceChange{NewPassword: true})
	must(t, err)
	check("kolam-2", chosen, ErrPassword)
	check("kolam-2", renewed, nil)
	_, err = c.reg.SetDevice(t.Context(), technician, "kolam-1", func(d *registry.Device) { d.Disabled = true })
	must(t, err)
	check("kolam-1", made, ErrPassword)
	must(t, c.reg.RemoveDevice(t.Context(), technician, "kolam-2"))
	check("kolam-2", renewed, ErrPassword)

	for _, short := range []string{"rahasia", strings.Repeat("x", maxPassword+1)} {
		if _, err := c.AddDevice(t.Context(), technician, tambak("kolam-9"), short); !errors.Is(err, ErrWeak) {
			t.Errorf("%q: %v", short, err)
		}
	}
}

// TestDeviceStorm: after a restart of the center ten thousand devices come back,
// and none of them waits for expensive work.
func TestDeviceStorm(t *testing.T) {
	c := open(t)
	const n = 100
	words := make([]string, n)
	for i := range n {
		var err error
		words[i], err = c.AddDevice(t.Context(), technician, tambak(fmt.Sprintf("kolam-%d", i)), "")
		must(t, err)
	}
	c.start()
	for i, word := range words { // no more than slowBurst could pass otherwise: the clock stands still
		if _, err := c.CheckDevice(t.Context(), fmt.Sprintf("kolam-%d", i), word, home); err != nil {
			t.Fatalf("device %d: %v", i, err)
		}
	}
}

// TestDeviceGuessing: guesses cost work until there were too many, and then
// nothing, while those who know their password come in.
func TestDeviceGuessing(t *testing.T) {
	c := open(t)
	made, err := c.AddDevice(t.Context(), technician, tambak("kolam-1"), "")
	must(t, err)
	const chosen = "air kolam yang jernih"
	_, err = c.AddDevice(t.Context(), technician, tambak("kolam-2"), chosen)
	must(t, err)
	if _, err := c.CheckDevice(t.Context(), "kolam-2", chosen, home); err != nil { // once before the flood
		t.Fatal(err)
	}
	busy := 0
	for i := range 2 * slowBurst {
		if _, err := c.CheckDevice(t.Context(), fmt.Sprintf("kolam-%d", i%4), "salah", home); errors.Is(err, ErrBusy) {
			busy++
		}
	}
	if busy != slowBurst+1 {
		t.Errorf("%d of %d were told to wait", busy, 2*slowBurst)
	}
	for name, word := range map[string]string{"kolam-1": made, "kolam-2": chosen} {
		if _, err := c.CheckDevice(t.Context(), name, word, home); err != nil {
			t.Errorf("%s in the flood: %v", name, err)
		}
	}
}

// TestDeviceGuessingFromOneAddress: a guesser does not keep devices out that come
// from elsewhere, however long he goes on.
func TestDeviceGuessingFromOneAddress(t *testing.T) {
	c := open(t)
	const chosen = "air kolam yang jernih"
	_, err := c.AddDevice(t.Context(), technician, tambak("kolam-1"), chosen)
	must(t, err)
	for range slowBurst {
		c.add(time.Second / slowPerSecond)
		for range 3 {
			_, _ = c.CheckDevice(t.Context(), "kolam-1", "salah", "203.0.113.9:1")
		}
	}
	if _, err := c.CheckDevice(t.Context(), "kolam-1", chosen, home); err != nil {
		t.Error(err)
	}
}

// TestSameWorkForUnknownNames compares what a wrong password costs: of a name that
// there is, by either kind of hash, and of one that there is not. It counts the
// expensive checks; their time is package password's.
func TestSameWorkForUnknownNames(t *testing.T) {
	c := open(t)
	_, err := c.AddDevice(t.Context(), technician, tambak("kolam-1"), "")
	must(t, err)
	_, err = c.AddDevice(t.Context(), technician, tambak("kolam-2"), "air kolam yang jernih")
	must(t, err)
	for _, name := range []string{"kolam-1", "kolam-2", "kolam-3"} {
		c.add(time.Minute)
		if _, err := c.CheckDevice(t.Context(), name, "salah", home); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: %v", name, err)
		}
		if spent := c.Authority.devices.slow.spent; spent != 1 {
			t.Errorf("%s: %v expensive checks", name, spent)
		}
	}
}

func TestVerifiedIsBounded(t *testing.T) {
	var d devices
	d.init(Options{})
	for i := range maxVerified + 100 {
		d.remember(fmt.Sprint(i), [32]byte{1})
	}
	if len(d.verified) != maxVerified {
		t.Errorf("%d", len(d.verified))
	}
}

func BenchmarkCheckDevice(b *testing.B) {
	c := open(b)
	made, err := c.AddDevice(b.Context(), technician, tambak("kolam-1"), "")
	must(b, err)
	for b.Loop() {
		if _, err := c.CheckDevice(b.Context(), "kolam-1", made, home); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNode(b *testing.B) {
	c := open(b)
	state := c.enrol(node).state()
	for b.Loop() {
		if _, _, err := c.Node(state); err != nil {
			b.Fatal(err)
		}
	}
}
