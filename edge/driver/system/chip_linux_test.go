package system

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestThisMachine(t *testing.T) {
	n, err := free(t.TempDir())
	if err != nil || n == 0 || float64(n) > math.MaxInt64 {
		t.Errorf("%d bytes free, %v", n, err)
	}
	if _, err := free("/no/such/folder"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such folder: %v", err)
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
	if err := config.Decode(map[string]any{"path": "data"}, o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), "path: ") {
		t.Errorf("a path that is not absolute: %v", err)
	}
	if err := config.Decode(map[string]any{"path": t.TempDir()}, o); err != nil {
		t.Fatal(err)
	}
	d, err := o.Open(board{files: machine(nil)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Sense(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	has := map[reading.Quantity]bool{}
	for _, v := range got {
		has[v.Quantity] = true
	}
	for _, q := range o.Quantities() {
		if !has[q] {
			t.Errorf("no %v in %v", q, got)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Sense(cancelled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := New(machine(nil), Opts{}); err == nil {
		t.Error("accepted no path")
	}
}
