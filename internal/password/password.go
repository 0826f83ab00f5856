package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

var (
	// ErrHash tells that a stored string is none of Hash, or asks for more work than
	// any of them does.
	ErrHash = errors.New("not an argon2id hash")
	// ErrBusy tells that too many wait already; nothing was done, and a moment later
	// there may be room.
	ErrBusy = errors.New("too many passwords to look at: try again in a moment")
)

// Cost is how much work a hash is: so many KiB of memory, which are gone over twice.
type Cost uint32

const (
	// Default is for every password that a person has chosen. OWASP, Password
	// Storage Cheat Sheet: m=19456 (KiB), t=2, p=1.
	Default Cost = 19 << 10
	// Least is the least Cost there may be: dear enough to wait for its turn like any
	// other. It is for tests, which look at passwords by the hundred; what it made is
	// guessed three hundred times as fast.
	Least Cost = 64
)

// What all Costs share. Salt of 16 and hash of 32 bytes: RFC 9106 §3.1 and §4.
const (
	passes    = 2
	lanes     = 1
	saltBytes = 16
	hashBytes = 32
)

// What Verify takes from a stored string at most: RFC 9106 §4, second
// recommended option (64 MiB, three passes, four lanes).
const (
	maxMemoryKiB = 64 << 10
	maxPasses    = 3
	maxLanes     = 4
)

// randomKiB is the memory for what nobody can guess: the least of RFC 9106 §3.1
// (8 KiB a lane), in one pass.
const randomKiB = 8

// turns bounds the hashes that are under way to half of the processors; others
// wait. Each takes its 19 MiB, so that a hundred who sign in at once do not take
// 1.9 GB, and leave the center something to work with.
var turns = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))

// maxWaiting is how many wait for their turn at the most; who comes then gets
// ErrBusy. At tens of milliseconds each the last of them waits two seconds, or on a
// slow board ten, which is as long as people do.
const maxWaiting = 48

// places has room for those whose turn it is and for those who wait.
var places = make(chan struct{}, cap(turns)+maxWaiting)

var encoding = base64.RawStdEncoding.Strict()

// Hash returns what may be stored of password: a PHC string with a salt of its
// own. At Default it takes tens of milliseconds of a processor and 19 MiB; at any
// Cost it waits for its turn. An error is ErrBusy.
func (c Cost) Hash(password string) (phc string, err error) {
	salt := random(saltBytes)
	sum, err := derive(password, salt, passes, uint32(c), lanes, hashBytes)
	if err != nil {
		return "", err
	}
	return format(uint32(c), passes, salt, sum), nil
}

// Random returns a password that nobody can guess, of at least 128 random bits,
// and what may be stored of it. Since guessing is hopeless at any speed, the hash
// costs microseconds: ten thousand devices may come back at once.
func Random() (password, phc string) {
	password = rand.Text()
	salt := random(saltBytes)
	return password, format(randomKiB, 1, salt, argon2.IDKey([]byte(password), salt, 1, randomKiB, lanes, hashBytes))
}

// Quick reports whether phc is of a password of Random.
func Quick(phc string) bool {
	return strings.HasPrefix(phc, fmt.Sprintf("$argon2id$v=%d$m=%d,t=1,p=%d$", argon2.Version, randomKiB, lanes))
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func format(memory, times uint32, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, times, lanes,
		encoding.EncodeToString(salt), encoding.EncodeToString(sum))
}

// Verify reports whether password is the one of phc, in constant time for a
// given phc and as costly as what made it. The error is ErrBusy, or ErrHash where
// phc is damaged; no password is right then.
func Verify(phc, password string) (bool, error) {
	var version, memory, times, threads uint32
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, ErrHash
	}
	if n, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &times, &threads); err != nil || n != 4 ||
		parts[2]+" "+parts[3] != fmt.Sprintf("v=%d m=%d,t=%d,p=%d", version, memory, times, threads) {
		return false, fmt.Errorf("%w: parameters", ErrHash)
	}
	if version != argon2.Version || memory > maxMemoryKiB || times == 0 || times > maxPasses || threads == 0 || threads > maxLanes {
		return false, fmt.Errorf("%w: version %d, %d KiB, %d passes, %d lanes", ErrHash, version, memory, times, threads)
	}
	salt, err := encoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 { // at least 8: RFC 9106 §3.1
		return false, fmt.Errorf("%w: salt", ErrHash)
	}
	want, err := encoding.DecodeString(parts[5])
	if err != nil || len(want) < saltBytes || len(want) > 64 {
		return false, fmt.Errorf("%w: hash", ErrHash)
	}
	sum, err := derive(password, salt, times, memory, uint8(threads), uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, want) == 1, nil
}

// Spend does the work of a Verify of what the same Cost has made: for a name that
// nobody has, so that the time of an answer does not tell which names there are. An
// error is ErrBusy.
func (c Cost) Spend(password string) error {
	_, err := Verify(format(uint32(c), passes, nobodysSalt, nobodysSum), password)
	return err
}

// What nobody has, of no password.
var nobodysSalt, nobodysSum = random(saltBytes), random(hashBytes)

func derive(password string, salt []byte, times, memory uint32, threads uint8, n uint32) ([]byte, error) {
	if memory > randomKiB {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			return nil, ErrBusy
		}
		turns <- struct{}{}
		defer func() { <-turns }()
	}
	return argon2.IDKey([]byte(password), salt, times, memory, threads, n), nil
}
