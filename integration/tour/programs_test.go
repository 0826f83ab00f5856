//go:build integration

package tour

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// programs is the folder with what is built for these tests.
var programs string

// The center's clock can be believed, whatever the kernel of this machine says, as
// that of a real center can. The node is built as it is, and once more with a clock
// that says 1970, as a board's without a battery.
func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "siaga-tour"); err != nil {
		panic(err)
	}
	clock, err := clock1970()
	if err == nil {
		clock[kernel] = "package clocksync\n\nfunc Error() (float64, bool) { return 0, false }\n"
		err = build("siaga", "siaga", map[string]string{kernel: "package clocksync\n\nfunc Error() (float64, bool) { return 0.001, true }\n"})
	}
	for name, of := range map[string]map[string]string{"siaga-edge": nil, "siaga-edge-1970": clock} {
		if err == nil {
			err = build(name, "siaga-edge", of)
		}
	}
	if err == nil {
		err = build("siaga-sim", "siaga-sim", nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build programs:", err)
		os.RemoveAll(programs)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}

// kernel is where our programs ask whether the clock can be believed.
const kernel = "../../internal/clocksync/clocksync_linux.go"

// build builds one of our programs, to run in any file system, with other texts in
// the place of some source files.
func build(name, program string, texts map[string]string) error {
	replace := map[string]string{}
	for file, text := range texts {
		real, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		replace[real] = filepath.Join(programs, name+"."+filepath.Base(file))
		if err := os.WriteFile(replace[real], []byte(text), 0o600); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	file := filepath.Join(programs, name+".json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-overlay", file, "-o", filepath.Join(programs, name), "../../cmd/"+program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", name, err, out)
	}
	return nil
}

// clock1970 is the standard library's clock, set back by whole years to 1970. It
// changes once a year, so that the build is cached.
func clock1970() (texts map[string]string, err error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	const read = "\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), read) != 1 {
		return nil, fmt.Errorf("%s does not read the clock by %q once: this Go reads it otherwise, change the test", file, read)
	}
	back := time.Date(time.Now().UTC().Year(), 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return map[string]string{file: strings.Replace(string(text), read, read+fmt.Sprintf("\tsec -= %d\n", back), 1)}, nil
}
