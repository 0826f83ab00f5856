package edge

// syncDir does nothing: NTFS journals directory entries, and Windows has no
// call for it. Only simulated nodes run there.
func syncDir(string) error { return nil }
