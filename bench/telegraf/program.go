//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/bench/process"
)

// program is one that is killed and started again on the same data. Where it ends by
// itself it is started again too, as systemd does.
type program struct {
	name    string
	command func() *exec.Cmd
	log     string // file of what it says

	runs sync.WaitGroup

	mu     sync.Mutex
	cmd    *exec.Cmd     // nil while it does not run
	ended  chan struct{} // closed at the end of cmd
	holds  int           // how many keep it down
	before time.Duration // processor time of earlier runs
	deaths int           // how often it ended by itself
}

// used is what a program used: processor time in all its runs, and the most
// resident bytes in this one.
type used struct {
	cpu  time.Duration
	peak int64
}

// reviveAfter is how long a program that ended by itself stays down.
const reviveAfter = 500 * time.Millisecond

// start starts it, unless somebody keeps it down.
func (p *program) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.startLocked()
}

func (p *program) startLocked() error {
	if p.holds > 0 || p.cmd != nil {
		return nil
	}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd, ended := p.command(), make(chan struct{})
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.cmd, p.ended = cmd, ended
	p.runs.Go(func() { p.await(cmd, ended) })
	return nil
}

// await notes what a run used, and begins another where nobody ended it.
func (p *program) await(cmd *exec.Cmd, ended chan struct{}) {
	_ = cmd.Wait() // a killed program's status says that it was killed
	p.mu.Lock()
	p.before += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	p.cmd = nil
	unbidden := p.holds == 0
	if unbidden {
		p.deaths++
	}
	p.mu.Unlock()
	close(ended)
	if unbidden {
		time.Sleep(reviveAfter)
		_ = p.start() // measuring fails where it does not come back
	}
}

// down ends it by a signal, and keeps it down until as many up.
func (p *program) down(sig syscall.Signal) {
	p.mu.Lock()
	p.holds++
	ended := p.ended
	if p.cmd == nil {
		p.mu.Unlock()
		return
	}
	_ = p.cmd.Process.Signal(sig) // it may have ended
	kill := time.AfterFunc(stopWithin, func() { p.kill() })
	p.mu.Unlock()
	<-ended
	kill.Stop()
}

// stopWithin is how long a program may take to end in order.
const stopWithin = 20 * time.Second

func (p *program) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
	}
}

func (p *program) up() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds--
	return p.startLocked()
}

// used is what it used so far.
func (p *program) used() (used, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := used{cpu: p.before}
	if p.cmd == nil {
		return u, nil
	}
	now, err := process.Look(p.cmd.Process.Pid)
	u.cpu += now.CPU
	u.peak = now.Peak
	return u, err
}

// said is the end of what it said.
func (p *program) said() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return p.name + " said:\n" + string(b[max(0, len(b)-2000):])
}

// newProgram makes one whose log lies in dir.
func newProgram(dir, name string, command func() *exec.Cmd) *program {
	return &program{name: name, command: command, log: filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".log")}
}

// freeAddr returns a loopback address that nobody listens on. It lies below the
// ports that connections are given, so that none takes it meanwhile.
func freeAddr() (string, error) {
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(12000))
		if ln, err := net.Listen("tcp", addr); err == nil {
			return addr, ln.Close()
		}
	}
	return "", fmt.Errorf("no free port")
}
