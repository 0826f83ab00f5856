//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a running program. Its output goes to a file, which is shown when
// the test fails.
type process struct {
	name  string
	cmd   *exec.Cmd
	out   string // file with stdout
	said  string // file with stderr
	ended chan struct{}
	err   error // of Wait, once ended is closed
}

// start runs one of our programs.
func start(t *testing.T, program string, args ...string) *process {
	t.Helper()
	return startCommand(t, program, exec.Command(filepath.Join(programs, program), args...))
}

func startCommand(t *testing.T, name string, cmd *exec.Cmd) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{name: name, cmd: cmd, out: filepath.Join(dir, "stdout"), said: filepath.Join(dir, "stderr"), ended: make(chan struct{})}
	stdout, err := os.Create(p.out)
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := os.Create(p.said)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// Whatever becomes of the test, its processes do not outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		stdout.Close()
		stderr.Close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s %s, pid %d, the end of what it said:\n%s", name, strings.Join(cmd.Args[1:], " "), cmd.Process.Pid, tail(p.stderr(), 4000))
		}
	})
	return p
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// hangAndKill stops the program in its tracks, and kills it some time later: what
// was sent to it meanwhile was sent, and is nowhere.
func (p *process) hangAndKill(t *testing.T, hang time.Duration) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("stop %s: %v", p.name, err)
	}
	time.Sleep(hang)
	p.kill()
}

// signalled sends a signal and waits for the end, for at most limit.
func (p *process) signalled(t *testing.T, sig os.Signal, limit time.Duration) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("signal %s: %v", p.name, err)
	}
	began := time.Now()
	if err := p.wait(limit); err != nil {
		t.Fatalf("%s did not end well within %v of %v: %v", p.name, limit, sig, err)
	}
	t.Logf("%s ended %v after %v", p.name, time.Since(began).Round(time.Millisecond), sig)
}

// stops wants the program to exit 0 within the 5 s that it promises.
func (p *process) stops(t *testing.T) {
	t.Helper()
	p.signalled(t, os.Interrupt, 5*time.Second)
}

// wait returns how the program ended, or that it has not within limit.
func (p *process) wait(limit time.Duration) error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(limit):
		return fmt.Errorf("%s still runs after %v", p.name, limit)
	}
}

func (p *process) stdout() string { return contents(p.out) }
func (p *process) stderr() string { return contents(p.said) }

func contents(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// run runs one of our programs to its end.
func run(t *testing.T, program string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs, program), args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	return out.String(), said.String(), err
}

// freeAddr returns a loopback address that nobody listens on. It lies below the
// ports that connections are given, so that none takes it meanwhile.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(12000))
		if ln, err := net.Listen("tcp", addr); err == nil {
			ln.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// eventually looks until ok returns nil, for at most limit.
func eventually(t *testing.T, limit time.Duration, what string, ok func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = ok(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %v: %v", what, limit, err)
}

// write puts text into a new file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// overwrite replaces a file's text.
func overwrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
