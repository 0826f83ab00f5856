package password_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/siaga-id/siaga/internal/password"
)

func TestHashAndVerify(t *testing.T) {
	for _, word := range []string{"kata sandi", "", strings.Repeat("panjang ", 100), "\x00\xff"} {
		phc := password.Hash(word)
		if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("%q", phc)
		}
		if ok, err := password.Verify(phc, word); !ok || err != nil {
			t.Errorf("%q: %v, %v", word, ok, err)
		}
		if ok, err := password.Verify(phc, word+"x"); ok || err != nil {
			t.Errorf("%q with a letter more: %v, %v", word, ok, err)
		}
	}
	if one, other := password.Hash("a"), password.Hash("a"); one == other {
		t.Error("two hashes share their salt")
	}
}

func TestRandom(t *testing.T) {
	word, phc := password.Random()
	if ok, err := password.Verify(phc, word); !ok || err != nil || len(word) < 26 || !password.Quick(phc) {
		t.Errorf("%q, %q: %v, %v", word, phc, ok, err)
	}
	if ok, _ := password.Verify(phc, word[1:]); ok {
		t.Error("takes another")
	}
	if password.Quick(password.Hash("kata sandi")) {
		t.Error("a person's password is quick to guess")
	}
}

// TestVerifyForeign takes what another program made, with other parameters: the
// reference implementation's own test (phc-winner-argon2, src/test.c: version
// 0x13, t=2, m=2^8, p=1, "password", "somesalt").
func TestVerifyForeign(t *testing.T) {
	const phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, err := password.Verify(phc, "password"); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestVerifyRefusesDamage(t *testing.T) {
	for _, phc := range []string{
		"", "$", "rahasia", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=18$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=256,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
		"$argon2id$v=19$m=256,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
	} {
		if ok, err := password.Verify(phc, "password"); ok || !errors.Is(err, password.ErrHash) {
			t.Errorf("%q: %v, %v", phc, ok, err)
		}
	}
}

// TestBoundedAtOnce lets many sign in at once and looks at what the program has
// taken from the system.
func TestBoundedAtOnce(t *testing.T) {
	phc := password.Hash("kata sandi")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var group sync.WaitGroup
	for range 24 {
		group.Go(func() {
			if ok, err := password.Verify(phc, "kata sandi"); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
	group.Wait()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 { // all at once would take 456 MiB
		t.Errorf("took %d MiB", grown>>20)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password")
	f.Add("$argon2id$v=19$m=8,t=1,p=4$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "")
	f.Fuzz(func(t *testing.T, phc, word string) {
		if ok, err := password.Verify(phc, word); ok && err != nil {
			t.Error("both right and damaged")
		}
	})
}

func BenchmarkSpend(b *testing.B) {
	for b.Loop() {
		password.Spend("x")
	}
}

func BenchmarkVerifyRandom(b *testing.B) {
	word, phc := password.Random()
	for b.Loop() {
		if ok, err := password.Verify(phc, word); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
