package wifi

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

const titles = `Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
`

const (
	wlan0 = " wlan0: 0000   54.  -56.  -256        0      0      0      0     28        0\n"
	wlan1 = " wlan1: 0000   40   -70   -95         0      0      0      0      0        0\n"
)

// later is a machine whose file may change.
type later struct{ fs.FS }

func (l *later) set(content string) {
	l.FS = fstest.MapFS{file: {Data: []byte(content)}}
}

func signal(dBm float64) []driver.Value {
	return []driver.Value{driver.Measured(reading.Signal, dBm)}
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(*testing.T) drivertest.Rig {
		files := &later{fstest.MapFS{}}
		return drivertest.Rig{
			Dev:        New(files, Opts{}),
			Good:       func() { files.set(titles + wlan0) },
			Want:       signal(-56),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { files.set("\xff\xfe") },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { files.set(titles + wlan0[:18]) },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		iface, content string
		want           []driver.Value
		err            error
	}{
		"the first":          {"", titles + wlan0 + wlan1, signal(-56), nil},
		"the second":         {"wlan1", titles + wlan0 + wlan1, signal(-70), nil},
		"another":            {"wlan2", titles + wlan0 + wlan1, nil, driver.ErrNoAnswer},
		"none":               {"", titles, nil, driver.ErrNoAnswer},
		"not connected":      {"", titles + " wlan0: 0000    0.  -256.  -256  0 0 0 0 0 0\n", nil, driver.ErrNoAnswer},
		"nothing known":      {"", titles + " wlan0: 0000    0     0     0  0 0 0 0 0 0\n", nil, driver.ErrNoAnswer},
		"units of its own":   {"", titles + " wlan0: 0000   60.   80.    0  0 0 0 0 0 0\n", nil, driver.ErrOutOfRange},
		"a level of letters": {"", titles + " wlan0: 0000   60.   x    0  0 0 0 0 0 0\n", nil, driver.ErrChecksum},
		"an empty file":      {"", "", nil, driver.ErrChecksum},
	} {
		files := &later{}
		files.set(tc.content)
		got, err := New(files, Opts{Interface: tc.iface}).Sense(t.Context())
		if !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", name, err, tc.err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// board has files.
type board struct {
	driver.Board
	files fs.FS
}

func (b board) Files() fs.FS { return b.files }

func TestChip(t *testing.T) {
	o := Chip.Options()
	if err := o.Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	if err := config.Decode(map[string]any{"interface": "wlan1"}, o); err != nil {
		t.Fatal(err)
	}
	files := &later{}
	files.set(titles + wlan0 + wlan1)
	d, err := o.Open(board{files: files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Sense(t.Context()); err != nil || got[0].Value != -70 || got[0].Quantity != o.Quantities()[0] {
		t.Errorf("%v, %v", got, err)
	}
	if err := (&options{Interface: "/dev/wlan0"}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "interface: ") {
		t.Errorf("accepted a path: %v", err)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(titles+wlan0+wlan1, "wlan1")
	f.Add(titles, "")
	f.Add("Inter-\n\nwlan0: 0 0 -40.", "")
	f.Fuzz(func(t *testing.T, table, want string) {
		name, _, err := find(table, want)
		if err == nil && want != "" && name != want {
			t.Fatalf("found %q for %q", name, want)
		}
		if err != nil && !errors.Is(err, driver.ErrChecksum) && !errors.Is(err, driver.ErrNoAnswer) {
			t.Fatal(err)
		}
	})
}
