package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// ErrHash tells that a stored string is none of Hash, or asks for more work than
// any of them does.
var ErrHash = errors.New("not an argon2id hash")

// What Hash uses. OWASP, Password Storage Cheat Sheet: m=19456 (KiB), t=2, p=1.
// Salt of 16 and hash of 32 bytes: RFC 9106 §3.1 and §4.
const (
	memoryKiB = 19 << 10
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

var encoding = base64.RawStdEncoding.Strict()

// Hash returns what may be stored of password: a PHC string with a salt of its
// own. It takes tens of milliseconds of a processor and 19 MiB, and waits for its
// turn.
func Hash(password string) (phc string) { return hash(password, passes, memoryKiB) }

// Random returns a password that nobody can guess, of at least 128 random bits,
// and what may be stored of it. Since guessing is hopeless at any speed, the hash
// costs microseconds: ten thousand devices may come back at once.
func Random() (password, phc string) {
	password = rand.Text()
	return password, hash(password, 1, randomKiB)
}

// Quick reports whether phc is of a password of Random.
func Quick(phc string) bool {
	return strings.HasPrefix(phc, fmt.Sprintf("$argon2id$v=%d$m=%d,t=1,p=%d$", argon2.Version, randomKiB, lanes))
}

func hash(password string, times, memory uint32) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	sum := derive(password, salt, times, memory, lanes, hashBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, times, lanes,
		encoding.EncodeToString(salt), encoding.EncodeToString(sum))
}

// Verify reports whether password is the one of phc, in constant time for a
// given phc and as costly as what made it. An error, always ErrHash, tells that phc is
// damaged; no password is right then.
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
	sum := derive(password, salt, times, memory, uint8(threads), uint32(len(want)))
	return subtle.ConstantTimeCompare(sum, want) == 1, nil
}

// Spend does the work of a Verify of Hash's: for a name that nobody has, so
// that the time of an answer does not tell which names there are.
func Spend(password string) { _, _ = Verify(nobodys(), password) }

var nobodys = sync.OnceValue(func() string { return Hash(rand.Text()) })

func derive(password string, salt []byte, times, memory uint32, threads uint8, n uint32) []byte {
	if memory > randomKiB {
		turns <- struct{}{}
		defer func() { <-turns }()
	}
	return argon2.IDKey([]byte(password), salt, times, memory, threads, n)
}
