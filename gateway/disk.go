package gateway

// diskRoom is a file system as this user may fill it, in bytes: what is reserved for
// others is in neither.
type diskRoom struct{ free, size uint64 }

// freeBytes is the room that is left for this user on dir's file system.
func freeBytes(dir string) (uint64, error) {
	room, err := roomOf(dir)
	return room.free, err
}
