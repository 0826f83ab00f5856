//go:build unix

package bench

import (
	"os"
	"testing"

	"github.com/siaga-id/siaga/bench/generator"
)

func TestMain(m *testing.M) {
	if generator.Called() {
		generator.Main()
	}
	os.Exit(m.Run())
}
