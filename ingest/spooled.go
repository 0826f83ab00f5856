package ingest

// Spooled gives, by the names of the spools below Config.Dir, every record that
// waits there, or in memory for room there, to fn, each valid only during the call; it
// ends with the first error of fn, which it returns unchanged. It removes nothing, and
// a record may be delivered while it is given, or be given twice. bytes is about how
// much waits in all.
func (in *Ingester) Spooled() (spools map[string]func(fn func(record []byte) error) error, bytes int64) {
	spools = make(map[string]func(fn func([]byte) error) error)
	for _, o := range []*outbox{in.data, in.stored, in.refused} {
		spools[o.name] = func(fn func([]byte) error) error {
			// These first: meanwhile they may go to the disk.
			for _, record := range o.over.all() {
				if err := fn(record); err != nil {
					return err
				}
			}
			return o.Scan(0, func(_ uint64, record []byte) error { return fn(record) })
		}
		bytes += o.Stats().Bytes
	}
	return spools, bytes
}
