package calibration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestVersionsThatComeAgain: a damaged file was put right by hand, as its error
// says, so that the next change has a number that was there before.
func TestVersionsThatComeAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		before int // changes before the damage
		mend   func(t *testing.T, file string)
	}{
		"moved away": {1, func(t *testing.T, file string) {
			if err := os.Rename(file, file+".damaged"); err != nil {
				t.Fatal(err)
			}
		}},
		"the backup in its place": {2, func(t *testing.T, file string) {
			b, err := os.ReadFile(filepath.Join(filepath.Dir(file), backupFile))
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, b)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tc.before {
				set(t, s, offset("bme-1", reading.Temperature, float64(i+1)))
			}
			file := filepath.Join(dir, ledgerFile)
			write(t, file, []byte("{"))
			tc.mend(t, file)
			<-s.Changed() // the changes before
			if v := set(t, s, offset("bme-1", reading.Temperature, -5)); v != tc.before {
				t.Fatalf("version %d does not come again", v)
			}
			vs := s.Apply("bme-1", []driver.Value{driver.Measured(reading.Temperature, 30)})
			if len(vs) != 2 || vs[1].Value != 25 {
				t.Errorf("the correction before is still in force: %v", vs)
			}
			select {
			case <-s.Changed():
			default:
				t.Error("nobody is told")
			}
		})
	}
}
