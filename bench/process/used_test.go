//go:build linux

package process

import (
	"os"
	"testing"
)

func TestLookAtOneself(t *testing.T) {
	u, err := Look(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if u.Resident <= 0 || u.Anonymous <= 0 || u.Anonymous > u.Resident || u.Resident > u.Peak {
		t.Errorf("%+v", u)
	}
	busy, stolen, err := Busy()
	if err != nil {
		t.Fatal(err)
	}
	if busy < u.CPU || stolen < 0 {
		t.Errorf("the machine used %v, this process %v", busy, u.CPU)
	}
}
