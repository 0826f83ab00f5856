package system

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// garbled says that a file does not hold what it should.
func garbled(path, content string) error {
	return fmt.Errorf("%w: %s: %.40q", driver.ErrChecksum, path, content)
}

// fields returns a file's words, of which there must be some.
func fields(files fs.FS, path string) ([]string, error) {
	b, err := fs.ReadFile(files, path)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(string(b))
	if len(words) == 0 {
		return nil, garbled(path, string(b))
	}
	return words, nil
}

// number returns a file's first word as a number, 0 or more.
func number(files fs.FS, path string) (float64, error) {
	words, err := fields(files, path)
	if err != nil {
		return 0, err
	}
	return positive(path, words[0])
}

func positive(path, word string) (float64, error) {
	v, err := strconv.ParseFloat(word, 64)
	if err != nil || !(v >= 0 && v < 1e18) {
		return 0, garbled(path, word)
	}
	return v, nil
}

func load(files fs.FS) ([]driver.Value, error) {
	tasks, err := number(files, "proc/loadavg")
	if err != nil {
		return nil, err
	}
	const path = "sys/devices/system/cpu/online"
	words, err := fields(files, path)
	if err != nil {
		return nil, err
	}
	processors, err := ranges(words[0])
	if err != nil {
		return nil, garbled(path, words[0])
	}
	return []driver.Value{driver.Measured(reading.Load, 100*tasks/float64(processors))}, nil
}

// ranges returns how many numbers a list such as "0-3,6" names.
func ranges(list string) (int, error) {
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.ParseUint(from, 10, 16)
		b := a
		if err == nil && isRange {
			b, err = strconv.ParseUint(to, 10, 16)
		}
		if err == nil && b < a {
			err = errors.New("the range goes back")
		}
		if err != nil {
			return 0, err
		}
		n += int(b-a) + 1
	}
	return n, nil
}

func memory(files fs.FS) ([]driver.Value, error) {
	const path = "proc/meminfo"
	b, err := fs.ReadFile(files, path)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut("\n"+string(b), "\nMemAvailable:")
	words := strings.Fields(rest)
	if len(words) < 2 || words[1] != "kB" {
		return nil, garbled(path, "no MemAvailable")
	}
	kB, err := positive(path, words[0])
	if err != nil {
		return nil, err
	}
	return []driver.Value{driver.Measured(reading.MemoryFree, 1024*kB)}, nil
}

func uptime(files fs.FS) ([]driver.Value, error) {
	s, err := number(files, "proc/uptime")
	if err != nil {
		return nil, err
	}
	return []driver.Value{driver.Measured(reading.Uptime, s)}, nil
}
