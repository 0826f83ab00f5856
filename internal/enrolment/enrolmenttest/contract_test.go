package enrolmenttest

import (
	"testing"
	"time"
)

// TestSmallCenter: what the tests of the node's side go against is a center.
func TestSmallCenter(t *testing.T) {
	Contract(t, func(t *testing.T) Rig {
		c := New(t, time.Now)
		return Rig{Token: c.Token, Withdraw: c.Withdraw, Expire: c.Expire, Retire: c.Retire}
	})
}
