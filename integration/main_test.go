//go:build integration

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// programs is the folder with the built programs.
var programs string

func TestMain(m *testing.M) {
	if villages := os.Getenv(movedFleet); villages != "" {
		os.Exit(runMovedFleet(villages))
	}
	os.Exit(build(m))
}

// build builds the programs and runs the tests.
func build(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "siaga-programs"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(programs)
	if out, err := exec.Command("go", "build", "-o", programs, "../cmd/...").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
