package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// Where the way to the broker ends. An error of Reach wraps one of them.
var (
	// ErrSettings: the configuration's own mistake, or an unreadable certificate.
	ErrSettings = errors.New("the broker's settings are wrong")
	// ErrName: the broker's name is not known. No internet, no DNS, or a typo.
	ErrName = errors.New("the broker's name is not known")
	// ErrConnect: nobody takes the connection.
	ErrConnect = errors.New("no connection")
	// ErrTLS: somebody is there, but is not to be trusted, or speaks no TLS.
	ErrTLS = errors.New("no encrypted connection")
	// ErrMQTT: the broker refuses this node, or is no broker.
	ErrMQTT = errors.New("the broker refuses")
)

// poll is how often a connection in the making is looked at.
const poll = 20 * time.Millisecond

// Reach connects to the broker as node would, under a client id of its own,
// "<node>-doctor", so that the running agent keeps its connection, and leaves
// again. It ends with ctx.
func Reach(ctx context.Context, c mqtt.Config, node string) error {
	opt, err := c.Options()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	opt.ClientID = node + "-doctor"
	opt.Logger = slog.New(slog.DiscardHandler)
	// First without a word of MQTT, since that library flattens errors.
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", u.Host)
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%w: %w", ErrName, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrConnect, err)
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("%w: %w", ErrConnect, err)
	}
	return greet(ctx, opt)
}

// greet speaks MQTT.
func greet(ctx context.Context, opt mqtt.Options) error {
	conn, err := mqtt.Open(opt)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	// It ends within a second: leaving waits for nothing else.
	defer func() { _ = conn.Close() }()
	for {
		up, why := conn.Connected()
		switch {
		case up:
			return nil
		case isTLS(why):
			return fmt.Errorf("%w: %w", ErrTLS, why)
		case !errors.Is(why, mqtt.ErrOffline):
			return fmt.Errorf("%w: %w", ErrMQTT, why)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: it does not answer: %w", ErrMQTT, ctx.Err())
		case <-time.After(poll):
		}
	}
}

// isTLS reports whether an error is of the encryption. The MQTT library keeps
// some errors only as text.
func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &authority) ||
		err != nil && (strings.Contains(err.Error(), "x509: ") || strings.Contains(err.Error(), "tls: "))
}

func (x *exam) broker(ctx context.Context) []Line {
	if lines, none := x.unconfigured(); none {
		return lines
	}
	where := x.Config.MQTT.URL
	if where == "" {
		if _, err := x.Identity(); !errors.Is(err, enrol.ErrNone) {
			return []Line{x.enrolledBroker()}
		}
		where = edge.PlainBroker
	}
	err := x.Broker(ctx)
	if err == nil {
		return []Line{x.ok(x.Say("%s menerima node ini", "%s takes this node", where))}
	}
	return []Line{x.fail(where+": "+err.Error(), x.reachRemedy(err))}
}

// enrolledBroker is what the agent says of its connection: with the node's
// certificate nobody else may connect.
func (x *exam) enrolledBroker() Line {
	b := x.snap.Broker
	switch {
	case x.agentErr != nil:
		return x.unknown(x.Pick("tidak diketahui selama layanan tidak berjalan", "not known while the service does not run"))
	case b.Connected:
		return x.ok(x.Say("%s menerima node ini", "%s takes this node", b.URL))
	}
	return x.fail(b.URL+": "+b.LastError, x.Pick("Perbaiki dulu yang disebut di Pendaftaran; bila di sana baik, tanyakan kepada pengelola pusat apakah node ini dipensiunkan (siaga node show NODE).",
		"First mend what Enrolment above says; if that is well, ask the center's operators whether this node is retired (siaga node show NODE)."))
}

func (x *exam) reachRemedy(err error) string {
	_, synced := x.Clock()
	switch {
	case errors.Is(err, ErrSettings):
		return x.Say("Betulkan bagian mqtt di %s.", "Correct the mqtt part of %s.", x.ConfigFile)
	case errors.Is(err, ErrName):
		return x.Pick("Periksa internet (modem, Wi-Fi), DNS, dan ejaan mqtt.url.", "Check the internet (modem, Wi-Fi), DNS, and the spelling of mqtt.url.")
	case errors.Is(err, ErrConnect):
		return x.Pick("Periksa jaringan, alamat dan port di mqtt.url, dan apakah broker di pusat berjalan.", "Check the network, address and port in mqtt.url, and that the center's broker runs.")
	case errors.Is(err, ErrTLS) && !synced:
		return x.Pick("Jam node belum selaras: sertifikat tampak tidak berlaku. Betulkan jamnya dulu.", "The node's clock is not synchronised: certificates look invalid. Mend the clock first.")
	case errors.Is(err, ErrTLS):
		return x.Pick("Periksa mqtt.ca_file dan masa berlaku sertifikat broker; tls:// memerlukan port TLS (biasanya 8883).", "Check mqtt.ca_file and the broker's certificate; tls:// needs the TLS port (usually 8883).")
	}
	return x.Pick("Periksa mqtt.username dan berkas sandinya; minta pengelola pusat memeriksa hak node ini.", "Check mqtt.username and its password file; ask the center's operators to look at this node's rights.")
}
