package enrol

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// BenchmarkLook is what a Keeper does with an identity four times a minute while
// nothing is new.
func BenchmarkLook(b *testing.B) {
	center := enrolmenttest.New(b, time.Now)
	s := Open(b.TempDir())
	if _, err := s.Enrol(b.Context(), center.Token(node), Options{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		id, err := s.Load()
		if err != nil || id.Stranger() {
			b.Fatal(err)
		}
	}
}
