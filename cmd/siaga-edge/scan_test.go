package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/config"
)

// under returns a command below a root with the flags that all have.
func under(cmd *cobra.Command, file string, args ...string) (*cobra.Command, *bytes.Buffer) {
	root := &cobra.Command{Use: "siaga-edge", SilenceUsage: true, SilenceErrors: true}
	root.PersistentFlags().String("config", file, "")
	root.PersistentFlags().String("lang", "", "")
	root.AddCommand(cmd)
	root.SetArgs(append([]string{cmd.Name()}, args...))
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	return root, &out
}

// riverTape writes a recording of a port with a distance sensor on it, which
// says 1953 mm ten times a second, and returns its name.
func riverTape(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, `{"siaga_tape":1,"model":"Raspberry Pi 4","date":"2026-11-22T06:00:00Z","serial":["/dev/ttyUSB0"]}`)
	for opening := range 2 {
		n, begin := opening+1, opening*10_000_000
		fmt.Fprintf(&b, `{"t":%d,"op":"serial","on":"/dev/ttyUSB0","n":%d,"baud":9600,"parity":"N"}`+"\n", begin, n)
		for i := range 60 {
			fmt.Fprintf(&b, `{"t":%d,"op":"read","on":"/dev/ttyUSB0","n":%d,"r":"ff07a1a7"}`+"\n", begin+(i+1)*100_000, n)
		}
	}
	tape := filepath.Join(t.TempDir(), "river.tape")
	if err := os.WriteFile(tape, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return tape
}

func TestScanPlaysARecording(t *testing.T) {
	t.Setenv("SIAGA_DATA_DIR", t.TempDir()) // not that of a node on this machine
	tape := riverTape(t)
	synctest.Test(t, func(t *testing.T) {
		cmd, out := under(newScan(), filepath.Join(t.TempDir(), "none.yaml"), "--replay", tape)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"/dev/ttyUSB0 9600 baud", "A02YYUW", "Jarak sensor ke air 1953 mm", "id: sungai-1", "I2C", "GPIO"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("does not say %q:\n%s", want, out)
			}
		}
	})
}

func TestScanPrintsJSON(t *testing.T) {
	t.Setenv("SIAGA_DATA_DIR", t.TempDir()) // not that of a node on this machine
	tape := riverTape(t)
	synctest.Test(t, func(t *testing.T) {
		cmd, out := under(newScan(), filepath.Join(t.TempDir(), "none.yaml"), "--replay", tape, "--json")
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		var r scanResult
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		if len(r.Suggestions) != 1 || r.Suggestions[0].Port != "/dev/ttyUSB0" || r.Suggestions[0].Interval != 10*time.Second || r.Written != "" {
			t.Errorf("%+v", r.Suggestions)
		}
	})
}

func TestScanWrites(t *testing.T) {
	t.Setenv("SIAGA_DATA_DIR", t.TempDir()) // not that of a node on this machine
	tape := riverTape(t)
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "siaga-edge.yaml")
		desk := scanDesk{file: file, out: &bytes.Buffer{}, progress: &bytes.Buffer{}}
		desk.write, desk.replay = true, tape
		desk.station.Node, desk.station.Site, desk.station.Broker = "sutojayan-01", "35.05.12.1001", "tcp://10.0.0.5:1883"
		if err := desk.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		cfg := edge.DefaultConfig()
		if err := config.Load(file, nil, &cfg); err != nil {
			t.Fatal(err)
		}
		if cfg.Node != "sutojayan-01" || cfg.MQTT.URL != "tcp://10.0.0.5:1883" || len(cfg.Sensors) != 1 || cfg.Sensors[0].ID != "sungai-1" {
			t.Errorf("%+v", cfg)
		}
		if said := desk.out.(*bytes.Buffer).String(); !strings.Contains(said, "calibrate level --sensor sungai-1 --measured") {
			t.Errorf("does not say what is next:\n%s", said)
		}
		// Again: nothing is new, and nothing is written.
		desk.station.Node, desk.station.Site, desk.station.Broker = "", "", ""
		if err := desk.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file + ".bak"); err == nil {
			t.Error("what was complete was written again")
		}
	})
}

func TestScanAsksForWhatANewFileNeeds(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.yaml")
	if err := os.WriteFile(there, []byte("node: a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file string
		args []string
		want string
	}{
		"nothing given":   {filepath.Join(dir, "new.yaml"), []string{"--write"}, "--node, --site, --broker"},
		"a part given":    {filepath.Join(dir, "new.yaml"), []string{"--write", "--node", "a", "--broker", "b"}, "beri juga --site"},
		"no --write":      {filepath.Join(dir, "new.yaml"), []string{"--node", "a"}, "hanya bersama --write"},
		"it is there":     {there, []string{"--write", "--node", "a"}, "sudah ada"},
		"two recordings":  {there, []string{"--record", "a", "--replay", "b"}, "none of the others"},
		"no such tape":    {there, []string{"--replay", filepath.Join(dir, "none")}, "replay"},
		"no tape":         {there, []string{"--replay", there}, "no tape"},
		"no such tongue":  {there, []string{"--lang", "jv"}, "use id or en"},
		"tape is in use":  {there, []string{"--record", there}, "exists"},
		"not to be found": {dir, nil, "directory"},
	} {
		cmd, _ := under(newScan(), tc.file, tc.args...)
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
