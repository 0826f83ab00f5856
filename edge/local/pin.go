package local

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// ErrPIN says that a PIN file cannot be used as it is.
var ErrPIN = errors.New("not a usable PIN file")

const (
	minDigits = 6
	maxDigits = 64
	// maxDelay is the longest that a wrong PIN bars the next try. All six-digit PINs
	// then take nine years.
	maxDelay = 5 * time.Minute
)

// PIN is what a person types to be let in. It may be used concurrently.
type PIN struct {
	digest [sha256.Size]byte // of equal length for every PIN, to compare in constant time

	mu       sync.Mutex
	failures int
	barred   time.Time // until then nothing is tried
}

// ReadPIN reads a file of 6 to 64 digits that nobody else may read. Without a file
// there is no PIN. Errors wrap ErrPIN.
func ReadPIN(file string) (*PIN, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPIN, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPIN, err)
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && mode.Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: others can read %s (mode %04o): chmod 600 %s", ErrPIN, file, mode.Perm(), file)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxDigits+3))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPIN, err)
	}
	digits := strings.TrimRight(string(b), "\r\n")
	if len(digits) < minDigits || len(digits) > maxDigits || strings.Trim(digits, "0123456789") != "" {
		return nil, fmt.Errorf("%w: %s must hold %d to %d digits and nothing else", ErrPIN, file, minDigits, maxDigits)
	}
	return &PIN{digest: sha256.Sum256([]byte(digits))}, nil
}

// try reports whether said is the PIN. While tries are barred, which is for
// everybody and longer after each wrong one, it looks at nothing and returns how
// long that will last.
func (p *PIN) try(said string) (ok bool, wait time.Duration) {
	digest := sha256.Sum256([]byte(said))
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if wait := p.barred.Sub(now); wait > 0 {
		return false, wait
	}
	if subtle.ConstantTimeCompare(digest[:], p.digest[:]) == 1 {
		p.failures = 0
		return true, 0
	}
	delay := min(time.Second<<min(p.failures, 20), maxDelay)
	p.failures++
	p.barred = now.Add(delay)
	return false, delay
}
