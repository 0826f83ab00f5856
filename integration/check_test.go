//go:build integration

package integration

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// check runs `siaga check` with a configuration; DIR stands for a directory.
func check(t *testing.T, text string) (out string, err error) {
	t.Helper()
	text = strings.ReplaceAll(text, "DIR", t.TempDir())
	out, said, err := run(t, "siaga", "check", "--lang", "en", "--config", write(t, "siaga.yaml", text))
	t.Logf("siaga check:\n%s%s", out, said)
	return out, err
}

// finding returns the lines that begin with one mark and name one check, each
// with its remedy.
func finding(out, mark, name string) string {
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == mark && strings.HasPrefix(strings.TrimPrefix(line, mark+" "), name+" ") {
			if i+1 < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[i+1]), "→") {
				line += "\n" + lines[i+1]
			}
			return line
		}
	}
	return ""
}

func TestCheckFindsNothingWrong(t *testing.T) {
	broker, influx := newMosquitto(t), newInfluxd(t, "")
	out, err := check(t, fmt.Sprintf("data_dir: DIR\nhttp: {addr: %q}\nmqtt: {url: %q}\ninflux: {url: %q}\n", freeAddr(t), broker.url(), influx.url()))
	if err != nil || strings.Contains(out, "✗") {
		t.Errorf("check: %v", err)
	}
	for name, says := range map[string]string{
		"port http":    "is free",
		"broker":       "connected to " + broker.url(),
		"broker queue": "keeps 1500 messages",
		"influx":       "took a write and answered an InfluxQL query",
	} {
		if line := finding(out, "✓", name); !strings.Contains(line, says) {
			t.Errorf("%s: %q, want %q in it", name, line, says)
		}
	}
}

func TestCheckSaysThatAStockMosquittoDrops(t *testing.T) {
	broker := newStockMosquitto(t)
	out, err := check(t, fmt.Sprintf("data_dir: DIR\nhttp: {addr: %q}\nmqtt: {url: %q}\ninflux: {addr: %q}\n", freeAddr(t), broker.url(), freeAddr(t)))
	line := finding(out, "✗", "broker queue")
	if err == nil || !strings.Contains(line, "of 1500 messages for a subscriber that was away, the broker kept ") || !strings.Contains(line, "max_queued_messages") {
		t.Errorf("check: %v: %q, want it to tell of dropped messages, and of the setting", err, line)
	}
}

func TestCheckTellsWhatIsAway(t *testing.T) {
	out, err := check(t, fmt.Sprintf("data_dir: DIR\nhttp: {addr: %q}\nmqtt: {url: tcp://%s}\ninflux: {url: http://%s}\n", freeAddr(t), freeAddr(t), freeAddr(t)))
	if err == nil {
		t.Error("check: nothing wrong")
	}
	for _, name := range []string{"broker", "influx"} {
		if line := finding(out, "✗", name); !strings.Contains(line, "connection refused") || !strings.Contains(line, "→") {
			t.Errorf("%s: %q, want the reason and a remedy", name, line)
		}
	}
}

// taken returns the address of a port that is taken.
func taken(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln.Addr().String()
}

// portRemedies are the two ways out of a taken port.
var portRemedies = map[string][2]string{
	"http":   {"--http", "center"},
	"mqtt":   {"--mqtt", "mqtt.url"},
	"influx": {"--influx", "influx.url"},
}

func TestCheckTellsOfTakenPorts(t *testing.T) {
	out, err := check(t, fmt.Sprintf("data_dir: DIR\nhttp: {addr: %q}\nmqtt: {addr: %q}\ninflux: {addr: %q}\n", taken(t), taken(t), taken(t)))
	if err == nil {
		t.Error("check: nothing wrong")
	}
	for name, remedies := range portRemedies {
		line := finding(out, "✗", "port "+name)
		if !strings.Contains(line, "address already in use") || !strings.Contains(line, remedies[0]) || !strings.Contains(line, remedies[1]) {
			t.Errorf("port %s: %q, want both remedies, %s and %s", name, line, remedies[0], remedies[1])
		}
	}
}

// TestTakenPorts starts centers where another program listens already: each says
// so in one line with both remedies, and ends.
func TestTakenPorts(t *testing.T) {
	for name, remedies := range portRemedies {
		t.Run(name, func(t *testing.T) {
			args := []string{"up", "--demo", "2", "--data", t.TempDir()}
			for port := range portRemedies {
				addr := freeAddr(t)
				if port == name {
					addr = taken(t)
				}
				args = append(args, "--"+port, addr)
			}
			fails(t, remedies, args...)
		})
	}
}

// TestSecondCenter starts a center beside a running one: on its ports, and on its
// data.
func TestSecondCenter(t *testing.T) {
	c := newCenter(t, 0)
	t.Run("its ports", func(t *testing.T) {
		args := append([]string(nil), c.args...)
		args[4] = t.TempDir()
		fails(t, portRemedies["influx"], args...)
	})
	t.Run("its data", func(t *testing.T) {
		fails(t, [2]string{c.args[4], "another process uses this directory"},
			"up", "--demo", "0", "--data", c.args[4], "--http", freeAddr(t), "--mqtt", freeAddr(t), "--influx", freeAddr(t))
	})
	t.Run("its data as a real center", func(t *testing.T) {
		fails(t, [2]string{c.args[4], "demo"},
			"up", "--data", c.args[4], "--http", freeAddr(t), "--mqtt", freeAddr(t), "--influx", freeAddr(t))
	})
	if err := c.call("GET", "/readyz", new(any)); err != nil {
		t.Errorf("the running center: %v", err)
	}
	c.proc.stops(t)
}

// fails wants siaga to end with an error, in one line that holds both words.
func fails(t *testing.T, words [2]string, args ...string) {
	t.Helper()
	p := start(t, "siaga", args...)
	if err := p.wait(10 * time.Second); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Fatalf("siaga ended with %v, want exit status 1", err)
	}
	said := strings.TrimSpace(p.stderr())
	if strings.Contains(said, "\n") || !strings.HasPrefix(said, "siaga: ") || !strings.Contains(said, words[0]) || !strings.Contains(said, words[1]) {
		t.Errorf("siaga said %q, want one line with %q and %q", said, words[0], words[1])
	}
	t.Log(said)
}
