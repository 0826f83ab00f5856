package readout

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// Queue tells what waits in the queue of a node whose agent does not run. It
// changes nothing in the directory and leaves it free for an agent that starts
// meanwhile. The rate at which the room fills is that of the packs that wait.
// Errors: spool.ErrLocked where an agent runs, fs.ErrNotExist where none ever did,
// fs.ErrPermission.
func Queue(cfg edge.Config, clock edge.Clock) (edge.QueueSnapshot, error) {
	q := edge.QueueSnapshot{MaxBytes: uint64(cfg.Queue.MaxBytes), Durability: cfg.Queue.Durability}
	s, err := spool.Open(filepath.Join(cfg.DataDir, "queue"), spool.Options{
		MaxBytes: cfg.Queue.MaxBytes, ReserveBytes: cfg.Queue.ReserveBytes, FS: lookOnly{},
	})
	if err != nil {
		return q, err
	}
	err = look(s, &q, cfg.DataDir, clock)
	return q, errors.Join(err, s.Close())
}

func look(s *spool.Spool, q *edge.QueueSnapshot, dir string, clock edge.Clock) error {
	stats := s.Stats()
	q.Packs, q.Bytes, q.DiskBytes = stats.Records, uint64(stats.Bytes), uint64(stats.DiskBytes)
	room, err := s.Room()
	if err != nil {
		return err
	}
	q.RoomBytes = uint64(max(room, 0))
	for _, r := range s.Waiting() {
		q.Ranges = append(q.Ranges, edge.SeqRange{From: r.From, To: r.To})
	}
	for _, lost := range s.Lost() {
		if lost.Range != (spool.Range{}) {
			q.GivenUp += lost.Range.To - lost.Range.From + 1
		}
	}
	if len(q.Ranges) == 0 {
		return nil
	}
	fixes, err := readFixes(dir)
	if err != nil {
		return err
	}
	oldest, newest := q.Ranges[0].From, q.Ranges[len(q.Ranges)-1].To
	first, ok := age(s, oldest, fixes, clock)
	if !ok {
		return nil
	}
	seconds := first.Seconds()
	q.OldestAgeS = &seconds
	if last, ok := age(s, newest, fixes, clock); ok && first-last > time.Minute {
		days := float64(q.RoomBytes) / float64(q.Bytes) * (first - last).Hours() / 24
		q.DaysLeft = &days
	}
	return nil
}

// age returns how long ago a waiting pack was sealed, where that is known.
func age(s *spool.Spool, seq uint64, fixes []fix, clock edge.Clock) (time.Duration, bool) {
	record, err := s.Read(seq, nil)
	if err != nil {
		return 0, false
	}
	boot, sealed, err := sealedAt(record)
	if err != nil {
		return 0, false
	}
	if boot == clock.BootID() {
		return clock.Boot() - sealed, true
	}
	now := clock.UTC()
	at, ok := fixAt(fixes, boot, seq)
	if !ok || now.State == wire.Unknown {
		return 0, false
	}
	ms := clock.Boot().Milliseconds() + now.UnixMS - sealed.Milliseconds() - at.UnixMS
	return time.Duration(ms) * time.Millisecond, true
}
