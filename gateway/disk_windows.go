package gateway

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// roomOf looks at dir's volume.
func roomOf(dir string) (diskRoom, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return diskRoom{}, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	var room diskRoom
	if err := windows.GetDiskFreeSpaceEx(path, &room.free, &room.size, nil); err != nil {
		return diskRoom{}, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	return room, nil
}
