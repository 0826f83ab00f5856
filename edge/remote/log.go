package remote

import (
	"bytes"
	"cmp"
	"strings"
	"sync"

	"github.com/siaga-id/siaga/internal/wire"
)

// Log keeps the end of what is written to it. It may be used concurrently.
type Log struct {
	// Max is how much, in bytes; 0 is as much as one answer may hold. It is set before
	// the first Write.
	Max int

	mu   sync.Mutex
	kept []byte
}

// Write never fails.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, b...)
	most := cmp.Or(l.Max, wire.MaxLogBytes)
	if over := len(l.kept) - most; over > most/4 { // not a copy for every line
		l.kept = append([]byte(nil), l.kept[over:]...)
	}
	return len(b), nil
}

// Last returns the newest whole lines, at most so many.
func (l *Log) Last(lines int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := bytes.LastIndexByte(l.kept, '\n') + 1
	begin := end
	for range lines {
		if begin == 0 {
			break
		}
		begin = bytes.LastIndexByte(l.kept[:begin-1], '\n') + 1
	}
	return strings.ToValidUTF8(string(l.kept[begin:end]), "\uFFFD")
}
