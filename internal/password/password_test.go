package password_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/password"
)

// hash is Cost.Hash where there is room.
func hash(t *testing.T, cost password.Cost, word string) string {
	t.Helper()
	phc, err := cost.Hash(word)
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

func TestHashAndVerify(t *testing.T) {
	for _, tc := range []struct {
		cost password.Cost
		word string
		want string
	}{
		{password.Default, "kata sandi", "$argon2id$v=19$m=19456,t=2,p=1$"},
		{password.Least, "kata sandi", "$argon2id$v=19$m=64,t=2,p=1$"},
		{password.Least, "", "$"},
		{password.Least, strings.Repeat("panjang ", 100), "$"},
		{password.Least, "\x00\xff", "$"},
	} {
		phc := hash(t, tc.cost, tc.word)
		if !strings.HasPrefix(phc, tc.want) || password.Quick(phc) {
			t.Errorf("%q", phc)
		}
		if ok, err := password.Verify(phc, tc.word); !ok || err != nil {
			t.Errorf("%q: %v, %v", tc.word, ok, err)
		}
		if ok, err := password.Verify(phc, tc.word+"x"); ok || err != nil {
			t.Errorf("%q with a letter more: %v, %v", tc.word, ok, err)
		}
		if other := hash(t, tc.cost, tc.word); phc == other {
			t.Error("two hashes share their salt")
		}
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
		if err := password.Default.Spend("x"); err != nil {
			b.Fatal(err)
		}
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
