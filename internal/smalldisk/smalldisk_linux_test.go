package smalldisk

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// begun are the tests that this process has begun.
var begun []string

// The names of these two hold the name of the next, which is to run without them.

func TestRunOnlyTheCallerNotThis(t *testing.T)     { begun = append(begun, t.Name()) }
func TestNotThisTestRunOnlyTheCaller(t *testing.T) { begun = append(begun, t.Name()) }

// TestRunOnlyTheCaller calls Run from a subtest, beside such as do not.
func TestRunOnlyTheCaller(t *testing.T) {
	begun = append(begun, t.Name())
	for _, name := range []string{"not this", "this not"} {
		t.Run(name, func(t *testing.T) { begun = append(begun, t.Name()) })
	}
	t.Run("this", func(t *testing.T) {
		begun = append(begun, t.Name())
		Run(t, func(t *testing.T) {
			if want := []string{"TestRunOnlyTheCaller", "TestRunOnlyTheCaller/this"}; !slices.Equal(begun, want) {
				t.Errorf("the child runs %q, want %q", begun, want)
			}
		})
	})
}

func TestFull(t *testing.T) {
	Run(t, func(t *testing.T) {
		const size = 1 << 20
		disk := Mount(t, size)
		// room is how much can be written.
		room := func() int {
			t.Helper()
			path := filepath.Join(disk, "probe")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer os.Remove(path)
			defer f.Close()
			n, err := f.Write(make([]byte, 2*size))
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("after %d bytes: %v", n, err)
			}
			return n
		}
		if got := room(); got != size {
			t.Errorf("an empty disk takes %d bytes, want %d", got, size)
		}
		page := os.Getpagesize()
		for _, left := range []int{0, page, 7 * page, 7*page + 1, 8*page - 1, size} {
			free, err := Fill(disk, int64(left))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := room(), left/page*page; got != want {
				t.Errorf("with %d bytes left it takes %d, want %d", left, got, want)
			}
			if _, err := Fill(disk, 0); !errors.Is(err, os.ErrExist) {
				t.Errorf("filled again: %v", err)
			}
			if err := free(); err != nil {
				t.Fatal(err)
			}
			if got := room(); got != size {
				t.Errorf("a freed disk takes %d bytes, want %d", got, size)
			}
		}
		if _, err := Fill(disk, size+1); err == nil {
			t.Error("more left than there is")
		}
	})
}

// TestMountAlone: disks have nothing to do with each other, and nobody outside sees
// them.
func TestMountAlone(t *testing.T) {
	const callersEnv = "SIAGA_TEST_SMALL_DISK_CALLERS"
	here, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(callersEnv) == "" {
		t.Setenv(callersEnv, here)
	}
	Run(t, func(t *testing.T) {
		if os.Getenv(callersEnv) == here {
			t.Fatal("the child has its caller's mounts")
		}
		a, b := Mount(t, 1<<20), Mount(t, 1<<20)
		if _, err := Fill(a, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(b, "file"), make([]byte, 1<<20), 0o600); err != nil {
			t.Error(err)
		}
		mounts, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(mounts), " shared:") {
			t.Errorf("what is mounted is told to others:\n%s", mounts)
		}
	})
}

// TestFailuresOfTheChild lets children fail in the ways that there are: the caller
// must, too.
func TestFailuresOfTheChild(t *testing.T) {
	ways := map[string]func(t *testing.T){
		"failed": func(t *testing.T) {
			Run(t, func(t *testing.T) { t.Error("meant") })
		},
		"failed, and skipped a part": func(t *testing.T) {
			Run(t, func(t *testing.T) {
				t.Run("part", func(t *testing.T) { t.Skip() })
				t.Error("meant")
			})
		},
		"left a file open": func(t *testing.T) {
			Run(t, func(t *testing.T) {
				var f *os.File
				t.Cleanup(func() { f.Close() }) // behind the disk's
				var err error
				if f, err = os.Create(filepath.Join(Mount(t, 1<<20), "file")); err != nil {
					t.Fatal(err)
				}
			})
		},
		"did not find the caller": func(t *testing.T) {
			t.Run(strconv.Itoa(os.Getpid()), func(t *testing.T) { Run(t, func(*testing.T) {}) })
		},
	}
	const wayEnv = "SIAGA_TEST_SMALL_DISK_WAY"
	if way := os.Getenv(wayEnv); way != "" {
		ways[way](t)
		return
	}
	Run(t, func(t *testing.T) { Mount(t, 1<<20) }) // skips where nothing can be mounted
	if os.Getenv(childEnv) != "" {
		return
	}
	for way := range ways {
		t.Run(way, func(t *testing.T) {
			caller := exec.Command(os.Args[0], "-test.run=^TestFailuresOfTheChild$", "-test.v")
			caller.Env = append(os.Environ(), wayEnv+"="+way)
			if out, err := caller.CombinedOutput(); err == nil {
				t.Errorf("the caller passes:\n%s", out)
			}
		})
	}
}
