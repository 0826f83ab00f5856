package gateway

import (
	"log/slog"
	"sync"
	"time"
)

// seldomEvery is how often the same is said.
const seldomEvery = time.Minute

// seldom says what could happen thousands of times a second at most once a
// minute, and then how often it happened. It may be used concurrently.
type seldom struct {
	log *slog.Logger

	mu    sync.Mutex
	said  time.Time
	count int
}

// warn logs what happened n times, or counts it until it may be said. err is an
// example.
func (s *seldom) warn(what string, n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count += n
	now := time.Now()
	if !s.said.IsZero() && now.Sub(s.said) < seldomEvery {
		return
	}
	s.log.Warn(what, "times", s.count, "err", err)
	s.said, s.count = now, 0
}
