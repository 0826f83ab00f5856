package device

// Spooled gives every record that waits to fn, as it is on the disk and valid only
// during the call; it ends with the first error of fn, which it returns unchanged.
// It removes nothing.
func (in *Intake) Spooled(fn func(record []byte) error) error {
	return in.spool.Scan(0, func(_ uint64, record []byte) error { return fn(record) })
}
