// Package smalldisk gives tests real disks of a few megabytes that they can fill,
// so that what they test meets its end where the kernel puts it. Everything of it is
// for Linux: a disk is a tmpfs, mounted where nobody else sees it, and gone with the
// test even when that is killed.
//
// It must not be used outside of tests: it starts the running program again, as a test
// binary is started, and mounts.
package smalldisk
