package device

import (
	"context"
	"errors"
	"time"
)

// Status is how an Intake is doing.
type Status struct {
	// Accepting is false while messages are not taken, for Reason.
	Accepting bool
	Reason    string
	// Topics is how many filters the configuration names.
	Topics int
	// Records wait for a decoder: Bytes of LimitBytes, the first since Oldest (zero
	// where none waits).
	Records           uint64
	Bytes, LimitBytes int64
	Oldest            time.Time
}

// Status returns how the intake is doing.
func (in *Intake) Status() Status {
	st := in.spool.Stats()
	s := Status{Topics: len(in.conf.Topics), Records: st.Records, Bytes: st.Bytes, LimitBytes: in.conf.SpoolBytes}
	if at := in.oldest.Load(); at != 0 {
		s.Oldest = time.UnixMilli(at)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	s.Accepting, s.Reason = in.full == "", in.full
	if err := context.Cause(in.open); err != nil {
		s.Accepting, s.Reason = false, err.Error()
	}
	return s
}

// Ready returns nil, or why messages of devices are not taken, for people.
func (in *Intake) Ready(context.Context) error {
	if s := in.Status(); !s.Accepting && len(in.conf.Topics) > 0 {
		return errors.New(s.Reason)
	}
	return nil
}
