package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dieAtEnv tells the test binary that it is a process that kills itself at a point
// of its work, counted from 1.
const dieAtEnv = "SIAGA_TEST_BACKUP_DIES_AT"

// mortal counts the points that a child comes to, and kills it at one of them.
type mortal struct{ at, point int }

func (m *mortal) reach() {
	if m.point++; m.point == m.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// child runs the calling test in a process of its own that dies at a point, and
// reports whether it did; it lives when there are fewer points.
func child(t *testing.T, dieAt int, args ...string) (died bool) {
	t.Helper()
	c := exec.Command(os.Args[0], append([]string{"-test.run=^" + t.Name() + "$"}, args...)...)
	c.Env = append(os.Environ(), dieAtEnv+"="+strconv.Itoa(dieAt))
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.CombinedOutput()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("point %d: %v\n%s", dieAt, err, out)
	}
	return false
}

// mortality is the point at which this process is to die; it is the parent where
// that is not said.
func mortality(t *testing.T) (m *mortal, args []string) {
	t.Helper()
	said := os.Getenv(dieAtEnv)
	if said == "" {
		return nil, nil
	}
	at, err := strconv.Atoi(said)
	must(t, err)
	return &mortal{at: at}, os.Args[len(os.Args)-2:]
}

// TestAKilledBackupHarmsNothing kills the process of a center at every step of a
// backup, and in the middle of each write of it: what came out is no backup but where
// all of it did, the one before is as it was, and the center goes on.
func TestAKilledBackupHarmsNothing(t *testing.T) {
	if m, args := mortality(t); m != nil {
		backupAndDie(t, m, args[0], args[1])
		return
	}
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "next.age")
	c := filled(t, dir)
	key, lock := locked(t)
	good := archive(t, c, lock)
	c.close(t)
	before := contents(t, dir)
	points, whole := 1, 0
	for ; ; points++ {
		must(t, os.WriteFile(file, nil, 0o600))
		died := child(t, points, dir, file+" "+lock.Recipients[0])
		b, err := os.ReadFile(file)
		must(t, err)
		_, err = Check(t.Context(), bytes.NewReader(b), key)
		switch {
		case err == nil:
			whole++
		case !errors.Is(err, ErrDamaged):
			t.Errorf("point %d: %v", points, err)
		case !died:
			t.Fatalf("nobody died, and it is not whole: %v", err)
		}
		must(t, Clear(dir)) // as a center does when it starts
		after := slices.DeleteFunc(contents(t, dir), func(name string) bool { return strings.HasPrefix(name, registryName+"-") })
		if !slices.Equal(before, after) { // but for SQLite's own, which the next start takes in
			t.Errorf("point %d left %q", points, after)
		}
		if !died {
			break
		}
	}
	if points < 30 || whole > 4 {
		t.Errorf("%d points, %d backups whole", points, whole)
	}
	if _, err := Check(t.Context(), bytes.NewReader(good), key); err != nil {
		t.Errorf("the one before: %v", err)
	}
	looksLike(t, dir)
	to := filepath.Join(t.TempDir(), "data")
	b, err := os.ReadFile(file)
	must(t, err)
	_, err = Restore(t.Context(), bytes.NewReader(b), Options{Dir: to, Key: key, Logger: quiet})
	must(t, err)
	looksLike(t, to)
}

// backupAndDie is the child of TestAKilledBackupHarmsNothing.
func backupAndDie(t *testing.T, m *mortal, dir, to string) {
	c := open(t, dir)
	for name, scan := range c.src.Spools {
		c.src.Spools[name] = func(fn func([]byte) error) error {
			return scan(func(record []byte) error { m.reach(); return fn(record) })
		}
	}
	c.src.Hold = func() func() { m.reach(); return m.reach }
	c.src.Registry = reached{c.src.Registry, m}
	s, err := Stage(t.Context(), c.src)
	must(t, err)
	m.reach()
	to, recipient, _ := strings.Cut(to, " ")
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	must(t, err)
	must(t, s.WriteTo(t.Context(), halves{f, m}, Lock{Recipients: []string{recipient}}))
	m.reach()
	must(t, f.Close())
	must(t, s.Close())
	m.reach()
	c.close(t)
}

type reached struct {
	registry interface {
		Snapshot(ctx context.Context, to string) error
	}
	m *mortal
}

func (r reached) Snapshot(ctx context.Context, to string) error {
	r.m.reach()
	defer r.m.reach()
	return r.registry.Snapshot(ctx, to)
}

// halves comes to a point in the middle of each write, and at its end.
type halves struct {
	w io.Writer
	m *mortal
}

func (h halves) Write(b []byte) (int, error) {
	n, err := h.w.Write(b[:len(b)/2])
	if err != nil {
		return n, err
	}
	h.m.reach()
	rest, err := h.w.Write(b[len(b)/2:])
	h.m.reach()
	return n + rest, err
}

// TestAKilledRestoreIsRepeated kills restorations in the middle of what they read,
// and at moments after that: the data directory is not there or whole, and what was
// begun beside it is in the way of the next one until somebody has removed it.
func TestAKilledRestoreIsRepeated(t *testing.T) {
	if m, args := mortality(t); m != nil {
		restoreAndDie(t, m, args[0], args[1])
		return
	}
	c := filled(t, t.TempDir())
	key, lock := locked(t)
	b := archive(t, c, lock)
	c.close(t)
	file := filepath.Join(t.TempDir(), "b.age")
	must(t, os.WriteFile(file, b, 0o600))
	secret := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(secret, []byte(key.identities[0].(interface{ String() string }).String()), 0o600))
	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	inTheWay, placed := 0, 0
	for at := 1; ; at++ {
		died := child(t, at, dir, file+" "+secret)
		switch got := contents(t, parent); {
		case slices.Equal(got, []string{"data"}):
			placed++
			looksLike(t, dir)
			must(t, os.RemoveAll(dir))
		case slices.Equal(got, []string{"data.partial"}):
			inTheWay++
			if _, err := Restore(t.Context(), bytes.NewReader(b), Options{Dir: dir, Key: key, Logger: quiet}); err == nil || !strings.Contains(err.Error(), "then remove it") {
				t.Errorf("point %d: %v", at, err)
			}
			must(t, os.RemoveAll(dir+partialSuffix))
		case len(got) > 0:
			t.Errorf("point %d left %q", at, got)
		}
		if !died {
			break
		}
	}
	if inTheWay < 8 || placed < 1 {
		t.Errorf("%d died in the middle, %d came through", inTheWay, placed)
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, b) {
		t.Errorf("the backup is another: %v", err)
	}
}

// restoreAndDie is the child of TestAKilledRestoreIsRepeated.
func restoreAndDie(t *testing.T, m *mortal, dir, from string) {
	from, secret, _ := strings.Cut(from, " ")
	b, err := os.ReadFile(from)
	must(t, err)
	k, err := os.ReadFile(secret)
	must(t, err)
	key, err := ParseKey(k)
	must(t, err)
	r := &dying{r: bytes.NewReader(b), m: m, each: len(b)/10 + 1}
	_, err = Restore(t.Context(), r, Options{Dir: dir, Key: key, Logger: quiet, Now: func() time.Time { m.reach(); return noon }})
	must(t, err)
}

// dying comes to a point at every so many bytes; behind the end the process dies a
// while later, unless it is done by then.
type dying struct {
	r          *bytes.Reader
	m          *mortal
	each, read int
	ended      bool
}

func (d *dying) Read(b []byte) (int, error) {
	n, err := d.r.Read(b[:min(len(b), d.each)])
	if d.read += n; d.read >= d.each {
		d.read -= d.each
		d.m.reach()
	}
	if err == io.EOF && !d.ended {
		d.ended = true
		time.AfterFunc(time.Millisecond<<(d.m.at-d.m.point), func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
	}
	return n, err
}
