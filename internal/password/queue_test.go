package password

import (
	"errors"
	"runtime"
	"sync"
	"testing"
)

// TestBoundedAtOnce lets far more sign in at once than have their turn, and looks at
// what the program has taken from the system.
func TestBoundedAtOnce(t *testing.T) {
	phc, err := Default.Hash("kata sandi")
	if err != nil {
		t.Fatal(err)
	}
	all := 6 * (cap(turns) + 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var group sync.WaitGroup
	for range min(all, cap(places)) {
		group.Go(func() {
			if ok, err := Verify(phc, "kata sandi"); !ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
	group.Wait()
	runtime.ReadMemStats(&after)
	if grown, most := int64(after.HeapSys)-int64(before.HeapSys), int64(all/2)*int64(Default)<<10; grown > most { // all at once would take twice that
		t.Errorf("took %d MiB, want %d at most", grown>>20, most>>20)
	}
}

// TestFewWait lets far more come than may wait, while nobody's turn ends: who finds
// a place is answered with his right, all others at once with ErrBusy, and afterwards
// there is room again.
func TestFewWait(t *testing.T) {
	phc, err := Least.Hash("kata sandi")
	if err != nil {
		t.Fatal(err)
	}
	made, stored := Random()
	tries := []func() error{
		func() error { _, err := Least.Hash("kata sandi"); return err },
		func() error { return Least.Spend("kata sandi") },
		func() error {
			ok, err := Verify(phc, "kata sandi")
			if ok != (err == nil) {
				t.Errorf("%v, %v", ok, err)
			}
			return err
		},
	}
	for range cap(turns) {
		turns <- struct{}{}
	}
	const all = 300
	answers := make(chan error, all)
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() { answers <- tries[i%len(tries)]() })
	}
	for range all - cap(places) {
		if err := <-answers; !errors.Is(err, ErrBusy) {
			t.Errorf("one too many: %v", err)
		}
	}
	// What costs nothing needs no place.
	if ok, err := Verify(stored, made); !ok || err != nil {
		t.Errorf("one that is made up: %v, %v", ok, err)
	}
	for range cap(turns) {
		<-turns
	}
	group.Wait()
	for range cap(places) {
		if err := <-answers; err != nil {
			t.Errorf("who had a place: %v", err)
		}
	}
	if ok, err := Verify(phc, "kata sandi"); !ok || err != nil {
		t.Errorf("afterwards: %v, %v", ok, err)
	}
}
