package tsdb

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// freeBytes is the room that is left for this user on dir's volume.
func freeBytes(dir string) (int64, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	return int64(free), nil
}

// diskFull is what the system says when there is no room to write.
func diskFull() []error {
	return []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
}
