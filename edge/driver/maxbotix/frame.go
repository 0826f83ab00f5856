package maxbotix

import (
	"bytes"
	"slices"
	"time"
)

const (
	// window is how old a frame may be that counts: longer than waves are, and
	// shorter than water takes to rise.
	window = 10 * time.Second
	// mostFrames is what a sensor says in that time.
	mostFrames = 67
)

// millimetres as sent: 300 and 5000 are no distances.
type millimetres uint16

// recent is what was heard up to one frame.
type recent struct {
	frames []millimetres // oldest first, the newest included; not to be changed
	count  uint64        // frames that ever came, the newest included
}

// after returns the frames that came after the first count ones.
func (r recent) after(count uint64) []millimetres {
	n := min(r.count-count, uint64(len(r.frames)))
	return r.frames[uint64(len(r.frames))-n:]
}

// parser finds frames and keeps the recent ones. It is for one goroutine.
type parser struct {
	now    func() time.Duration
	frames []millimetres
	at     []time.Duration // of each of frames
	count  uint64
}

// parse is a uart.Parse.
func (p *parser) parse(b []byte) (recent, int, bool) {
	mm, n, ok := frame(b)
	if !ok {
		return recent{}, n, false
	}
	now := p.now()
	old := 0
	for old < len(p.at) && (now-p.at[old] > window || len(p.at)-old >= mostFrames) {
		old++
	}
	p.frames = append(slices.Delete(p.frames, 0, old), mm)
	p.at = append(slices.Delete(p.at, 0, old), now)
	p.count++
	return recent{frames: slices.Clone(p.frames), count: p.count}, n, true
}

// frame looks for one frame at b's beginning. It returns how many bytes are done
// with; 0 means that more are needed.
func frame(b []byte) (mm millimetres, n int, ok bool) {
	if i := bytes.IndexByte(b, 'R'); i < 0 {
		return 0, len(b), false
	} else if i > 0 {
		return 0, i, false
	}
	const digits = 5 // where they end
	for i := 1; i < digits; i++ {
		if i == len(b) {
			return 0, 0, false
		}
		if b[i] < '0' || b[i] > '9' {
			return 0, 1, false
		}
		mm = 10*mm + millimetres(b[i]-'0')
	}
	rest := b[digits:]
	switch {
	case len(rest) == 0 || len(rest) == 1 && rest[0] == ' ':
		return 0, 0, false
	case rest[0] == '\r':
		return mm, digits + 1, true
	case rest[0] == ' ' && rest[1] == '\r':
		return mm, digits + 2, true
	}
	return 0, 1, false
}

// recognise reports whether two frames stand in b, one right behind the other.
func recognise(b []byte) bool {
	last := false
	for len(b) > 0 {
		_, n, ok := frame(b)
		if n == 0 || ok && last {
			return ok
		}
		last = ok
		b = b[n:]
	}
	return false
}
