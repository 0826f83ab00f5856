package broker

import (
	"context"

	"golang.org/x/time/rate"
)

// pace bounds what one connection publishes. A node's backlog on a cable is 800
// packs and 4 MiB a second, beside its live packs.
type pace struct {
	messages, bytes *rate.Limiter
}

const (
	messagesPerSecond = 1500
	messagesBurst     = 6000
	bytesPerSecond    = 8 << 20
	bytesBurst        = 32 << 20
)

// wait returns when the connection may go on after publishing size bytes, which
// are at most bytesBurst; nobody reads it meanwhile. It reports whether that took
// any time.
func (p *pace) wait(ctx context.Context, size int) (slowed bool) {
	if p.messages == nil {
		p.messages = rate.NewLimiter(messagesPerSecond, messagesBurst)
		p.bytes = rate.NewLimiter(bytesPerSecond, bytesBurst)
	}
	slowed = p.messages.Tokens() < 1 || p.bytes.Tokens() < float64(size)
	// An error means that the connection has ended.
	if p.messages.Wait(ctx) == nil {
		_ = p.bytes.WaitN(ctx, size)
	}
	return slowed
}
