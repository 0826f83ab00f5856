package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// asProgram makes this test's executable the program itself.
const asProgram = "SIAGA_EDGE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is the program in a process of its own.
type process struct {
	*exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func program(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self, args...)}
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stdout, p.Stderr = p, p
	return p
}

// startRun starts the node, and stops it at the end as systemd does.
func startRun(t *testing.T, file string) *process {
	t.Helper()
	p := program(t, "run", "--config", file)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Process.Signal(syscall.SIGTERM), p.Wait()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(p.said())
		}
	})
	return p
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never: %s", what)
		}
	}
}

// connected returns a function that reports whether a node has connected, by its
// certificate and under its name.
func connected(c *enrolmenttest.Center, node string) func() bool {
	return func() bool {
		c.Mu.Lock()
		defer c.Mu.Unlock()
		return slices.Contains(c.Sessions, enrolmenttest.Session{ClientID: node, Certificate: node})
	}
}

// TestFromTokenToCenter: the service waits on a new board, a technician enrols it
// and has its sensors written, and it connects without a further word.
func TestFromTokenToCenter(t *testing.T) {
	b := newDesk(t, "page: {listen: \"\"}\nenrol: {token_files: []}\n")
	node := startRun(t, b.file)
	eventually(t, "it waits", func() bool { return strings.Contains(node.said(), "this node waits") })
	enroll := program(t, "enroll", "--config", b.file, b.center.Token("uji-01").String())
	if err := enroll.Run(); err != nil || !strings.Contains(enroll.said(), "Terdaftar sebagai uji-01") {
		t.Fatal(err, enroll.said())
	}
	eventually(t, "it connects", connected(b.center, "uji-01"))
	b.write(b.file, b.read()+sensors) // as siaga-edge scan --write does
	eventually(t, "it reads its sensor", func() bool { return strings.Contains(node.said(), "sensors=1") })
}

// TestFromCardToCenter: a board whose card holds everything.
func TestFromCardToCenter(t *testing.T) {
	card := t.TempDir()
	b := newDesk(t, fmt.Sprintf("page: {listen: \"\"}\nenrol: {token_files: [%q]}\n%s", filepath.Join(card, "siaga-token*.txt"), sensors))
	b.write(filepath.Join(card, "siaga-token-uji-01.txt"), b.center.Token("uji-01").String()+"\n")
	node := startRun(t, b.file)
	eventually(t, "it connects", connected(b.center, "uji-01"))
	eventually(t, "the card is empty", func() bool {
		left, err := os.ReadDir(card)
		return err == nil && len(left) == 0
	})
	if said := node.said(); strings.Contains(said, "SIAGA1.") {
		t.Error(said)
	}
}

// TestEnrolledWhileItRuns: a node that sent unencrypted goes on without a restart.
func TestEnrolledWhileItRuns(t *testing.T) {
	b := newDesk(t, "node: uji-01\nsite: \"35.05.12.1001\"\npage: {listen: \"\"}\nenrol: {token_files: []}\n"+sensors)
	node := startRun(t, b.file)
	eventually(t, "it tries to connect", func() bool { return strings.Contains(node.said(), "broker") })
	if out, err := b.enroll(b.center.Token("uji-01").String()); err != nil {
		t.Fatal(err, out)
	}
	eventually(t, "it connects", connected(b.center, "uji-01"))
}

// TestAnotherNodesIdentity ends the program with what to do.
func TestAnotherNodesIdentity(t *testing.T) {
	b := newDesk(t, "node: uji-02\nsite: \"35.05.12.1001\"\n"+sensors)
	if _, err := enrol.Open(b.dir).Enrol(t.Context(), b.center.Token("uji-01"), enrol.Options{}); err != nil {
		t.Fatal(err)
	}
	p := program(t, "run", "--config", b.file)
	if err := p.Run(); err == nil || !strings.Contains(p.said(), `the configuration says "uji-02", and this node is enrolled as "uji-01"`) {
		t.Error(err, p.said())
	}
}
