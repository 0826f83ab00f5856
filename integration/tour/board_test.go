//go:build integration

package tour

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/integration/parts"
)

// line is a cable from this machine to a network namespace with nothing else in it.
type line struct{ here, far, center, board string }

func newLine(t *testing.T) *line {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("a board has a network of its own, which only root can make: run this test as root (sudo make integration)")
	}
	for _, program := range []string{"ip", "ss"} {
		parts.Find(t, program, "apt-get install iproute2")
	}
	pid := os.Getpid()
	// RFC 5737: nobody has these addresses.
	at := func(n int) string { return fmt.Sprintf("203.0.113.%d", 4*(pid%64)+n) }
	l := &line{here: fmt.Sprintf("tour%d", pid), far: fmt.Sprintf("tour-%d", pid), center: at(1), board: at(2)}
	t.Cleanup(func() {
		for _, order := range []string{"link del " + l.here, "netns del " + l.far} {
			if err := ip(order); err != nil {
				t.Error(err)
			}
		}
	})
	for _, order := range []string{
		"netns add " + l.far,
		"link add " + l.here + " type veth peer name eth0 netns " + l.far,
		"addr add " + l.center + "/30 dev " + l.here,
		"link set " + l.here + " up",
		"-n " + l.far + " addr add " + l.board + "/30 dev eth0",
		"-n " + l.far + " link set lo up",
		"-n " + l.far + " link set eth0 up",
	} {
		if err := ip(order); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func ip(order string) error {
	if out, err := exec.Command("ip", strings.Fields(order)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", order, err, out)
	}
	return nil
}

// door is where the center listens to other machines.
func (l *line) door() string { return l.center + ":8883" }

// peers are those that programs at the far end have connections to.
func (l *line) peers(t *testing.T) (all []string) {
	t.Helper()
	out, err := exec.Command("ip", "netns", "exec", l.far, "ss", "-Htn", "state", "established").Output()
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(string(out)) {
		f := strings.Fields(row)
		all = append(all, f[len(f)-1])
	}
	return all
}

// serviceUser is the user and group of the node's service, whatever their name.
const serviceUser = 64990

// board is a village's computer behind a line, with a water-level sensor at its
// USB port.
type board struct {
	dir, root string
	line      *line
	service   *parts.Process
}

// newBoard is one on which the package was installed and has never run; program is
// the node's.
func newBoard(t *testing.T, l *line, program string) *board {
	t.Helper()
	b := &board{dir: t.TempDir(), line: l}
	b.root = filepath.Join(b.dir, "root")
	for _, dir := range []string{"usr/bin", "etc/siaga", "var/lib/siaga-edge", "boot/firmware", "dev/pts", "proc", "tmp"} {
		if err := os.MkdirAll(filepath.Join(b.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tty := b.sensor(t)
	if err := errors.Join(
		os.Link(filepath.Join(programs, program), b.path("usr/bin/siaga-edge")),
		os.WriteFile(b.path("dev/null"), nil, 0o600),
		os.Symlink(tty, b.path("dev/ttyUSB0")),
		os.Chown(tty, 0, serviceUser), os.Chmod(tty, 0o660), // as udev does for the group dialout
		os.Chown(b.path("var/lib/siaga-edge"), serviceUser, serviceUser), // as systemd does by StateDirectory
		os.Chmod(b.path("var/lib/siaga-edge"), 0o750),
	); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *board) path(name string) string { return filepath.Join(b.root, name) }

// sensor serves a chip as a terminal of this machine, for as long as the test lasts.
func (b *board) sensor(t *testing.T) (tty string) {
	t.Helper()
	sim := parts.Start(t, b.dir, "siaga-sim", exec.Command(filepath.Join(programs, "siaga-sim"), "ports", "--chips", "a02yyuw"))
	parts.Eventually(t, patience, "a simulated sensor", func() error {
		out, err := os.ReadFile(filepath.Join(b.dir, "siaga-sim.stdout"))
		if err != nil {
			return err
		}
		for row := range strings.Lines(string(out)) {
			if f := strings.Fields(row); len(f) == 3 && strings.HasPrefix(f[2], "/dev/pts/") {
				tty = f[2]
				return nil
			}
		}
		return fmt.Errorf("it says\n%s%s", out, sim.Stderr(4000))
	})
	return tty
}

// enter makes the board's devices and goes there, in the mount namespace that
// `ip netns exec` has made: what is mounted in it goes with the command.
const enter = `root=$1 user=$2
mount --bind /dev/null "$root/dev/null"
mount --bind /dev/pts "$root/dev/pts"
mount -t proc proc "$root/proc"
umask 0027
shift 2
exec chroot --userspec="$user:$user" --groups="$user" "$root" "$@"`

// command is what a user of the board runs.
func (b *board) command(user int, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", b.line.far, "sh", "-ec", enter, "sh", b.root, fmt.Sprint(user)}, args...)...)
}

// try types a line that begins with sudo.
func (b *board) try(typed string) (out string, err error) {
	args := strings.Fields(typed)
	if len(args) < 2 || args[0] != "sudo" {
		return "", fmt.Errorf("%q: want sudo and a program", typed)
	}
	said, err := b.command(0, args[1:]...).CombinedOutput()
	return string(said), err
}

func (b *board) run(t *testing.T, typed string) (out string) {
	t.Helper()
	out, err := b.try(typed)
	if err != nil {
		t.Fatalf("%s: %v\n%s", typed, err, out)
	}
	return out
}

// start does what systemd does by the service's unit.
func (b *board) start(t *testing.T) {
	t.Helper()
	unit, err := os.ReadFile("../../configs/siaga-edge.service")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(string(unit)) {
		if before, ok := strings.CutPrefix(row, "ExecStartPre=+-"); ok { // by root, and it may fail
			if out, err := b.command(0, strings.Fields(before)...).CombinedOutput(); err != nil {
				t.Logf("%s: %v\n%s", strings.TrimSpace(before), err, out)
			}
		}
		if start, ok := strings.CutPrefix(row, "ExecStart="); ok {
			b.service = parts.Start(t, b.dir, "siaga-edge", b.command(serviceUser, strings.Fields(start)...))
		}
	}
	if b.service == nil {
		t.Fatal("the unit starts nothing")
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the node says\n%s", b.service.Stderr(8000))
		}
	})
}

// until waits for the service to do something; one that has ended never will.
func (b *board) until(t *testing.T, what string, ok func(said string) error) {
	t.Helper()
	parts.Eventually(t, patience, what, func() error {
		if !b.service.Running() {
			t.Fatalf("%s: the service has ended: %v", what, b.service.Err)
		}
		said := b.service.Stderr(4000)
		if err := ok(said); err != nil {
			return fmt.Errorf("%w; the node says\n%s", err, said)
		}
		return nil
	})
}

// restart restarts the service, as a power cut does.
func (b *board) restart(t *testing.T) {
	t.Helper()
	b.service.Kill()
	b.start(t)
}

// files are those below a folder of the board.
func (b *board) files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(b.path(dir), func(file string, _ fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(pattern, filepath.Base(file)); ok {
			found = append(found, strings.TrimPrefix(file, b.root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// put copies a file onto the board, as a person with a card reader does.
func (b *board) put(t *testing.T, from, dir string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(b.path(dir), filepath.Base(from)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
