package smalldisk

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// childEnv tells a test binary that it is the child, in a mount namespace of its own.
const childEnv = "SIAGA_TEST_SMALL_DISK"

// Run runs during where it may call Mount: in a child that runs nothing but the
// calling test again, and there comes to this Run. The caller ends as the child does,
// with what it printed, and should do nothing besides Run: that would be done in both.
// Run skips where there is neither root nor a user namespace that may mount. Up to
// eight parallel subtests run at once, however few processors there are: on a full disk
// they mostly wait.
func Run(t *testing.T, during func(t *testing.T)) {
	t.Helper()
	if os.Getenv(childEnv) != "" {
		// What is mounted here is to stay here.
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Skipf("make mounts private: %v", err)
		}
		during(t)
		return
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatalf("find the test binary: %v", err)
	}
	child := exec.Command(binary, "-test.run="+only(t.Name()), "-test.v", "-test.parallel=8")
	child.Env = append(os.Environ(), childEnv+"=1")
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		child.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := child.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		t.Fatalf("%v\n%s", err, out)
	case err != nil, strings.Contains(string(out), "--- SKIP"):
		t.Skipf("needs root, or user namespaces that may mount a tmpfs: %v\n%s", err, out)
	case !strings.Contains(string(out), "--- PASS: "+t.Name()+" "):
		t.Fatalf("the child did not run this test\n%s", out)
	}
	t.Logf("%s", out)
}

// only is the pattern of -test.run that no other test matches.
func only(name string) string {
	return "^" + strings.ReplaceAll(regexp.QuoteMeta(name), "/", "$/^") + "$"
}
