//go:build integration

package parts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Process is a running program. Its methods are for the test's goroutine.
type Process struct {
	Name  string
	Cmd   *exec.Cmd
	Ended chan struct{} // closed at its end
	Err   error         // of Wait, once Ended is closed

	out, said string // files with stdout and stderr
}

// Start starts a program, which ends with the test. What it says is added to
// files of its name in dir.
func Start(t testing.TB, dir, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{
		Name: name, Cmd: cmd, Ended: make(chan struct{}),
		out: filepath.Join(dir, name+".stdout"), said: filepath.Join(dir, name+".stderr"),
	}
	stdout, stderr := appendTo(t, p.out), appendTo(t, p.said)
	if cmd.Stdout == nil {
		cmd.Stdout = stdout
	}
	cmd.Stderr = stderr
	// Whatever becomes of the test, its processes do not outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.Err = cmd.Wait()
		stdout.Close()
		stderr.Close()
		close(p.Ended)
	}()
	t.Cleanup(p.Kill)
	return p
}

func appendTo(t testing.TB, file string) *os.File {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Kill is kill -9; it works on a paused program too.
func (p *Process) Kill() {
	_ = p.Cmd.Process.Kill() // it may have ended already
	<-p.Ended
}

// Pause stops the program in its tracks, with all its connections open.
func (p *Process) Pause() { _ = p.Cmd.Process.Signal(syscall.SIGSTOP) } // it may have ended

// Resume lets a paused program go on.
func (p *Process) Resume() { _ = p.Cmd.Process.Signal(syscall.SIGCONT) } // it may have ended

// Terminate asks the program to end.
func (p *Process) Terminate() error { return p.Cmd.Process.Signal(syscall.SIGTERM) }

// Wait returns how the program ended, or that it has not within limit.
func (p *Process) Wait(limit time.Duration) error {
	select {
	case <-p.Ended:
		return p.Err
	case <-time.After(limit):
		return fmt.Errorf("%s still runs after %v", p.Name, limit)
	}
}

// Running reports whether it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.Ended:
		return false
	default:
		return true
	}
}

// Stderr returns the end, at most n bytes, of what it and those of its name and
// folder before it have said.
func (p *Process) Stderr(n int) string {
	b, err := os.ReadFile(p.said)
	if err != nil {
		return err.Error()
	}
	if len(b) > n {
		return "…" + string(b[len(b)-n:])
	}
	return string(b)
}
