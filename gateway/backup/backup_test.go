package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
)

func TestAnEmptyMachineGetsEverything(t *testing.T) {
	c := filled(t, t.TempDir())
	key, lock := locked(t)
	file := archive(t, c, lock)
	if got := contents(t, c.dir); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, stagePrefix) }) {
		t.Errorf("left behind: %q", got)
	}
	for _, secret := range []string{"a key", "SQLite", "ingest/data 1"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the archive shows %q", secret)
		}
	}
	c.close(t)

	for name, make := range map[string]func(dir string){"nothing there": func(string) {}, "an empty directory": func(dir string) { must(t, os.Mkdir(dir, 0o750)) }} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "data")
			make(dir)
			report, err := Restore(t.Context(), bytes.NewReader(file), Options{Dir: dir, Key: key, Now: func() time.Time { return noon.Add(time.Hour) }, Logger: quiet})
			must(t, err)
			if got := contents(t, parent); !slices.Equal(got, []string{"data"}) {
				t.Errorf("beside it: %q", got)
			}
			m := report.Manifest
			if m.Program != "1.2.3" || m.Kind != registry.Real || m.Engine != "InfluxDB "+tsdb.Version || !m.Taken.Equal(noon) {
				t.Errorf("%+v", m.Head)
			}
			var left []string
			for _, l := range m.LeftOut {
				left = append(left, l.What)
			}
			if !slices.Contains(left, "admin.token") || !slices.Contains(left, "notes.txt") {
				t.Errorf("left out: %q", left)
			}
			looksLike(t, dir)
		})
	}
}

// looksLike opens what filled has made.
func looksLike(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "ca", "ca-1.pem"))
	if info, serr := os.Stat(filepath.Join(dir, "ca")); err != nil || serr != nil || string(b) != "a key" || info.Mode().Perm() != 0o700 {
		t.Errorf("ca: %q %v %v", b, err, serr)
	}
	r := open(t, dir)
	defer r.close(t)
	if nodes, err := r.reg.Nodes(t.Context()); err != nil || len(nodes) != 1 || nodes[0].ID != "n1" {
		t.Errorf("%+v %v", nodes, err)
	}
	for name, s := range r.spools {
		var got []string
		must(t, s.Scan(0, func(_ uint64, b []byte) error { got = append(got, string(b)); return nil }))
		if diff := cmp.Diff([]string{name + " 1", name + " 2"}, got); diff != "" || len(s.Lost()) > 0 {
			t.Errorf("spool %s: %v\n%s", name, s.Lost(), diff)
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(r.engine.URL() + "/query?" + url.Values{"db": {tsdb.DefaultDatabase}, "q": {`SELECT sum(pm2_5) FROM air`}}.Encode())
	must(t, err)
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), ",15]") {
		t.Errorf("%s %v", body, err)
	}
}

func TestOnlyAnEmptyDirectoryIsFilled(t *testing.T) {
	key, lock := locked(t)
	file := archive(t, filled(t, t.TempDir()), lock)
	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600))
	restore := func() error {
		_, err := Restore(t.Context(), bytes.NewReader(file), Options{Dir: dir, Key: key, Logger: quiet})
		return err
	}
	if err := restore(); !errors.Is(err, ErrNotEmpty) {
		t.Error(err)
	}
	must(t, os.Remove(filepath.Join(dir, "mine")))
	must(t, os.Mkdir(dir+partialSuffix, 0o700))
	if err := restore(); err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Error(err)
	}
	if got := contents(t, parent); !slices.Equal(got, []string{"data", "data.partial"}) || len(contents(t, dir)) > 0 {
		t.Errorf("touched: %q", got)
	}
}

// TestNoDamageGetsThrough turns bits everywhere and cuts everywhere, and looks
// that nothing was put in place.
func TestNoDamageGetsThrough(t *testing.T) {
	c := specimen(t, 2*ageChunk)
	key, lock := locked(t)
	file := archive(t, c, lock)
	if _, err := Check(t.Context(), bytes.NewReader(file), key); err != nil {
		t.Fatal(err)
	}
	places := make(map[int]bool) // all of both ends, and some of each chunk
	for i := range file {
		if i < 400 || i >= len(file)-40 || i%997 == 0 {
			places[i] = true
		}
	}
	refused := func(what string, at int, b []byte) {
		t.Helper()
		_, err := Check(t.Context(), bytes.NewReader(b), key)
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s at %d of %d: %v", what, at, len(file), err)
		}
	}
	parent := t.TempDir()
	for at := range places {
		b := bytes.Clone(file)
		b[at] ^= 0x10
		refused("turned", at, b)
		refused("cut", at, file[:at])
		if at%13 == 0 || at > len(file)-5 {
			_, err := Restore(t.Context(), bytes.NewReader(b), Options{Dir: filepath.Join(parent, "data"), Key: key, Logger: quiet})
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("restored, turned at %d: %v", at, err)
			}
			if got := contents(t, parent); len(got) > 0 {
				t.Fatalf("turned at %d: touched %q", at, got)
			}
		}
	}
	refused("more", len(file), append(bytes.Clone(file), 0))
}

// TestForgedArchivesAreRefused are what only somebody with the key can make.
func TestForgedArchivesAreRefused(t *testing.T) {
	key, lock := locked(t)
	type entry struct {
		name string
		body string
		kind byte
	}
	head := func(change func(*Head)) entry {
		h := Head{Format: format, Program: "1", Taken: noon, Kind: registry.Real, History: registry.HistoryExternal}
		if change != nil {
			change(&h)
		}
		b, err := json.Marshal(h)
		must(t, err)
		return entry{headName, string(b), tar.TypeReg}
	}
	file := func(name string) entry { return entry{name, "x", tar.TypeReg} }
	for name, tc := range map[string]struct {
		entries []entry
		want    error
	}{
		"nothing":           {nil, ErrDamaged},
		"no head":           {[]entry{file(registryName)}, ErrDamaged},
		"newer":             {[]entry{head(func(h *Head) { h.Format = format + 1 })}, ErrNewer},
		"no kind":           {[]entry{head(func(h *Head) { h.Kind = "other" })}, ErrDamaged},
		"no history":        {[]entry{head(func(h *Head) { h.History = "" })}, ErrDamaged},
		"no end":            {[]entry{head(nil), file(registryName)}, ErrDamaged},
		"upwards":           {[]entry{head(nil), file("ca/../../x")}, ErrDamaged},
		"absolute":          {[]entry{head(nil), file("/etc/x")}, ErrDamaged},
		"deeper":            {[]entry{head(nil), file("ca/a/b")}, ErrDamaged},
		"a drive":           {[]entry{head(nil), file("influx/c:/b")}, ErrDamaged},
		"another directory": {[]entry{head(nil), file("admin.token")}, ErrDamaged},
		"unknown spool":     {[]entry{head(nil), file("spool/more")}, ErrDamaged},
		"a link":            {[]entry{head(nil), {registryName, "", tar.TypeSymlink}}, ErrDamaged},
		"twice":             {[]entry{head(nil), file(registryName), file(registryName)}, ErrDamaged},
		"no records":        {[]entry{head(nil), file("spool/devices")}, ErrDamaged},
		"a long record":     {[]entry{head(nil), {"spool/devices", "\xff\xff\xff\xff", tar.TypeReg}}, ErrDamaged},
		"empty manifest":    {[]entry{head(nil), file(registryName), {manifestName, "{}", tar.TypeReg}}, ErrDamaged},
		"no registry":       {[]entry{head(nil), {manifestName, head(nil).body, tar.TypeReg}}, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			b := forge(t, lock, func(w io.Writer) {
				tw := tar.NewWriter(w)
				for _, e := range tc.entries {
					must(t, tw.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.body)), Typeflag: e.kind, Linkname: "x"}))
					_, err := tw.Write([]byte(e.body))
					must(t, err)
				}
				must(t, tw.Close())
			})
			parent := t.TempDir()
			_, err := Restore(t.Context(), bytes.NewReader(b), Options{Dir: filepath.Join(parent, "data"), Key: key, Logger: quiet})
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if got := contents(t, parent); len(got) > 0 {
				t.Errorf("touched %q", got)
			}
		})
	}
}

func TestPassphrase(t *testing.T) {
	c := filled(t, t.TempDir())
	c.src.Engine, c.src.History = nil, registry.HistoryLeftOut
	file := archive(t, c, Lock{Passphrase: "kali brantas 1919"})
	for word, want := range map[string]error{"kali brantas 1919": nil, "kali brantas 1920": ErrKey} {
		key, err := Passphrase(word)
		must(t, err)
		if _, err := Check(t.Context(), bytes.NewReader(file), key); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	key, _ := locked(t)
	if _, err := Check(t.Context(), bytes.NewReader(file), key); !errors.Is(err, ErrKey) {
		t.Errorf("by a key: %v", err)
	}
}

func TestLocksThatAreNone(t *testing.T) {
	file, public, err := NewKey()
	must(t, err)
	for name, l := range map[string]Lock{
		"nothing": {}, "both": {"kali brantas 1919", []string{public}}, "short": {Passphrase: "rahasia"},
		"a secret key": {Recipients: []string{strings.Split(file, "\n")[1]}},
	} {
		if err := l.Validate(); err == nil || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "rahasia") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Lock{Recipients: []string{public}}).Validate(); err != nil {
		t.Error(err)
	}
	if _, err := ParseKey([]byte("AGE-SECRET-KEY-1NONE")); err == nil || strings.Contains(err.Error(), "NONE") {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Snapshot(context.Context, string) error { return f.err }

// TestAFailedBackupLeavesNothing: a full disk, before and in the middle, a broken
// spool, a reader who goes away, a person who calls it off.
func TestAFailedBackupLeavesNothing(t *testing.T) {
	_, lock := locked(t)
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	for name, tc := range map[string]struct {
		change func(*Sources)
		want   error
	}{
		"no room":         {func(s *Sources) { s.Free = func() (int64, error) { return 1 << 10, nil } }, ErrNoRoom},
		"full in between": {func(s *Sources) { s.Registry = failing{full} }, syscall.ENOSPC},
		"full at last": {func(s *Sources) {
			s.Engine = func(context.Context) (*tsdb.Snapshot, error) { return nil, full }
		}, syscall.ENOSPC},
		"spool": {func(s *Sources) { s.Spools[DataSpool] = func(func([]byte) error) error { return full } }, syscall.ENOSPC},
	} {
		t.Run(name, func(t *testing.T) {
			c := filled(t, t.TempDir())
			before := contents(t, c.dir)
			held := 0
			c.src.Hold = func() func() { held++; return func() { held-- } }
			tc.change(&c.src)
			if s, err := Stage(t.Context(), c.src); !errors.Is(err, tc.want) {
				t.Errorf("%v %v, want %v", s, err, tc.want)
			}
			if after := contents(t, c.dir); !slices.Equal(before, after) || held != 0 {
				t.Errorf("left %q, held %d", after, held)
			}
		})
	}
	t.Run("the reader goes", func(t *testing.T) {
		c := filled(t, t.TempDir())
		s, err := Stage(t.Context(), c.src)
		must(t, err)
		if err := s.WriteTo(t.Context(), &short{room: 5000}, lock); !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		must(t, s.Close())
	})
	t.Run("called off", func(t *testing.T) {
		c := filled(t, t.TempDir())
		before := contents(t, c.dir)
		ctx, cancel := context.WithCancel(t.Context())
		s, err := Stage(ctx, c.src)
		must(t, err)
		cancel()
		if err := s.WriteTo(ctx, io.Discard, lock); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		must(t, s.Close())
		if _, err := Stage(ctx, c.src); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if after := contents(t, c.dir); !slices.Equal(before, after) {
			t.Errorf("left %q", after)
		}
	})
	t.Run("killed", func(t *testing.T) {
		c := filled(t, t.TempDir())
		before := contents(t, c.dir)
		_, err := Stage(t.Context(), c.src)
		must(t, err)
		must(t, Clear(c.dir))
		if after := contents(t, c.dir); !slices.Equal(before, after) {
			t.Errorf("left %q", after)
		}
	})
}

// short is a writer that takes so much.
type short struct{ room int }

func (s *short) Write(b []byte) (int, error) {
	if len(b) > s.room {
		return 0, io.ErrClosedPipe
	}
	s.room -= len(b)
	return len(b), nil
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 3, 'a'})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var again bytes.Buffer
		n, err := readRecords(bytes.NewReader(b), func(record []byte) error { return writeRecord(&again, record) })
		if err == nil && !bytes.Equal(again.Bytes(), b) {
			t.Errorf("%d records: %x became %x", n, b, again.Bytes())
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	})
}

// FuzzUnpack reads what is inside an archive, whoever made it.
func FuzzUnpack(f *testing.F) {
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for name, body := range map[string]string{headName: `{"format":1}`, "spool/devices": "\x00\x00\x00\x01a", manifestName: `{}`} {
		if err := tw.WriteHeader(&tar.Header{Name: name, Size: int64(len(body))}); err != nil {
			f.Fatal(err)
		}
		if _, err := tw.Write([]byte(body)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := unpack(believed{bytes.NewReader(b)}, func(file File, r io.Reader) (uint64, error) {
			if !validName(file.Name) || !filepath.IsLocal(filepath.FromSlash(file.Name)) {
				t.Errorf("name %q", file.Name)
			}
			return 0, nil
		})
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
			t.Error(err)
		}
	})
}
