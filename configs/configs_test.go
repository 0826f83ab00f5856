package configs

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/ingest/standalone"
	"github.com/siaga-id/siaga/internal/config"
)

// load decodes and checks a sample as its program does.
func load[C any](file string, cfg C) error {
	return config.Load(file, nil, &cfg)
}

// programs says which program reads a sample.
var programs = map[string]func(file string) error{
	"siaga.yaml":        func(file string) error { return load(file, gateway.DefaultConfig()) },
	"siaga-ingest.yaml": func(file string) error { return load(file, standalone.DefaultConfig()) },
	"siaga-edge.yaml":   func(file string) error { return load(file, edge.DefaultConfig()) },
}

func TestSamplesLoad(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool { return file == "compose.yaml" })
	for _, file := range files {
		read := programs[file]
		if read == nil {
			t.Errorf("%s: no program is known to read it", file)
			continue
		}
		if err := read(file); err != nil {
			t.Error(err)
		}
	}
	if len(files) != len(programs) {
		t.Errorf("samples %v, want one for each of %d programs", files, len(programs))
	}
}

// TestCommentedKeysExist takes the # from every commented-out setting: the
// program must know the key, whatever it says of the value.
func TestCommentedKeysExist(t *testing.T) {
	for file, read := range programs {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		settings := 0
		for line := range strings.Lines(string(text)) {
			if setting, ok := strings.CutPrefix(line, "  # "); ok {
				line = "  " + setting
				settings++
			}
			lines = append(lines, line)
		}
		if settings == 0 {
			t.Errorf("%s: no commented settings found", file)
		}
		whole := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(whole, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := read(whole); err != nil && (strings.Contains(err.Error(), "unknown key") || strings.Contains(err.Error(), "read configuration")) {
			t.Error(err)
		}
	}
}

// TestUnitsStartPrograms runs each unit's command with --help in place of its
// work: program, command and flags must exist, and the file it names must be a
// sample here.
func TestUnitsStartPrograms(t *testing.T) {
	units, err := filepath.Glob("*.service")
	if err != nil {
		t.Fatal(err)
	}
	if len(units) != 3 {
		t.Fatalf("units %v, want one a program", units)
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/siaga", "../cmd/siaga-edge").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, unit := range units {
		command := execStart(t, unit)
		args := command[1:]
		at := slices.Index(args, "--config")
		if at < 0 || at+1 >= len(args) {
			t.Errorf("%s: %v names no configuration", unit, command)
			continue
		}
		if sample := filepath.Base(args[at+1]); programs[sample] == nil {
			t.Errorf("%s: starts with %s, of which there is no sample", unit, args[at+1])
		}
		// Cobra reads every flag before it answers --help, and an unknown command
		// gets the help of the command above it.
		out, err := exec.Command(filepath.Join(bin, filepath.Base(command[0])), append(args, "--help")...).CombinedOutput()
		usage := strings.Join([]string{filepath.Base(command[0]), args[0], "[flags]"}, " ")
		if err != nil || !strings.Contains(string(out), usage) {
			t.Errorf("%s: %v: %v, want the help of %q:\n%s", unit, command, err, usage, out)
		}
	}
}

// execStart returns the words of a unit's command.
func execStart(t *testing.T, unit string) []string {
	t.Helper()
	f, err := os.Open(unit)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if command, ok := strings.CutPrefix(lines.Text(), "ExecStart="); ok {
			return strings.Fields(command)
		}
	}
	t.Fatalf("%s: no ExecStart", unit)
	return nil
}
