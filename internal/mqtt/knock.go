package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"time"
)

// refusalWithin is how long a broker's word that it does not take a certificate may
// take, beyond the time that the handshake took.
const refusalWithin = 500 * time.Millisecond

// Knock connects to an address of the broker as the next attempt would, its
// certificate and all, says no word of MQTT, so that no session is taken from
// anybody, and leaves again. The state is that of the encryption, nil where there is
// none. o must be as Open wants it. It ends with ctx.
//
// In TLS 1.3 a client has done with the handshake before the server has looked at
// its certificate, or misses one: Knock waits a moment for a refusal. That none has
// come does not promise that the broker lets the client in.
func (o Options) Knock(ctx context.Context, address string) (*tls.ConnectionState, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := o.server()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	conn, err := o.dial(ctx, s, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	encrypted, ok := conn.(*tls.Conn)
	if !ok {
		return nil, nil
	}
	state := encrypted.ConnectionState()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.SetReadDeadline(time.Now().Add(time.Since(began) + refusalWithin)); err != nil {
		return nil, err
	}
	// A broker speaks when it is spoken to: what comes is a refusal.
	if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errors.Join(err, ctx.Err())
	}
	return &state, nil
}
