package enrol

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/trust"
)

// Handshake connects to one of the center's addresses as the node does, says
// nothing there, and leaves again. It ends with ctx.
func (id *Identity) Handshake(ctx context.Context, address string, earliest func() time.Time) (tls.ConnectionState, error) {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: dialLimit}, Config: trust.Config(id.Trust(nil, earliest), enrolment.ServerName)}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState(), nil
}

// Knock is Handshake for people who want to know why the center is not reached: it
// stays a moment longer, for a refusal of the node's certificate.
func (id *Identity) Knock(ctx context.Context, address string, earliest func() time.Time) (tls.ConnectionState, error) {
	url := "tls://" + address
	state, err := mqtt.Options{ClientID: string(id.Node), Server: func() (mqtt.Server, error) {
		return mqtt.Server{URLs: []string{url}, Name: enrolment.ServerName, Trust: id.Trust(nil, earliest)}, nil
	}}.Knock(ctx, url)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	return *state, nil
}
