//go:build integration

package parts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs is the folder with our built programs.
var programs string

// Build builds our programs from the module that the test runs in, for the
// process's life. remove takes them away again.
func Build() (remove func(), err error) {
	dir, err := os.MkdirTemp("", "siaga-programs")
	if err != nil {
		return nil, err
	}
	out, err := exec.Command("go", "build", "-o", dir, "github.com/siaga-id/siaga/cmd/...").CombinedOutput()
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	programs = dir
	return func() { os.RemoveAll(dir) }, nil
}

// Program returns the command that runs one of our programs; Build must have
// been called.
func Program(name string, args ...string) *exec.Cmd {
	return exec.Command(filepath.Join(programs, name), args...)
}

// Find returns the path of a program that is no part of Siaga; install says how
// to get it.
func Find(t testing.TB, program, install string) string {
	t.Helper()
	gopath, err := exec.Command("go", "env", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{program, "/usr/sbin/" + program, filepath.Join(strings.TrimSpace(string(gopath)), "bin", program)} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: install it with: %s", program, install)
	return ""
}
