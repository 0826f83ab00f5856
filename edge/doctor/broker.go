package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
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

const (
	// poll is how often a connection in the making is looked at.
	poll = 20 * time.Millisecond
	// reachLimit is how long one address may take: less than an examination, so that
	// the silence of a broker is told as that.
	reachLimit = 12 * time.Second
)

// Reach goes to one of the addresses that c gives of the broker, as node would, and
// leaves again, without taking the running agent's connection: where c names a
// certificate it says no word of MQTT, since brokers take the client id from that
// (Mosquitto's use_identity_as_username) or take no other with it, as ours; else it
// signs in under a client id of its own, "<node>-doctor". earliest is a lower bound
// of the present. Reach ends with ctx.
func Reach(ctx context.Context, c mqtt.Config, node, address string, earliest func() time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	opt, err := c.Options()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	opt.ClientID, opt.Earliest = node+"-doctor", earliest
	opt.URL, opt.URLs = address, nil
	opt.Logger = slog.New(slog.DiscardHandler)
	// First without a word of MQTT, since that library flattens errors.
	if _, err := opt.Knock(ctx, address); err != nil {
		return fmt.Errorf("%w: %w", where(err), err)
	}
	if c.CertFile != "" {
		return nil
	}
	return greet(ctx, opt)
}

// where is the place on the way to the broker that an error of knocking is about.
func where(err error) error {
	var unknown *net.DNSError
	var out *net.OpError
	switch {
	case errors.As(err, &unknown):
		return ErrName
	case isTLS(err):
		return ErrTLS
	case errors.As(err, &out), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, io.EOF):
		return ErrConnect
	}
	return ErrSettings
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

// isTLS reports whether an error is of the encryption; what the other side said last
// there has no type of its own.
func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var said *net.OpError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &said) && said.Op == "remote error"
}

// broker looks at every address that the agent goes to.
func (x *exam) broker(ctx context.Context) []Line {
	if lines, none := x.unconfigured(); none {
		return lines
	}
	urls := []string{edge.PlainBroker}
	if m := x.Config.MQTT; m.URL != "" {
		urls = append([]string{m.URL}, m.URLs...)
	} else if id, err := x.Identity(); !errors.Is(err, enrol.ErrNone) {
		return x.enrolledBroker(ctx, id)
	}
	return each(urls, func(url string) Line { return x.reach(ctx, url) })
}

func (x *exam) reach(ctx context.Context, url string) Line {
	err := x.Broker(ctx, url)
	switch {
	case err == nil && x.Config.MQTT.CertFile != "":
		return x.ok(x.Say("%s dikenali dan tidak menolak sertifikat node ini", "%s is known, and does not refuse this node's certificate", url))
	case err == nil:
		return x.ok(x.Say("%s menerima node ini", "%s takes this node", url))
	case errors.Is(err, ErrSettings):
		return x.fail(x.Say("%s: pengaturannya salah: %v", "%s: its settings are wrong: %v", url, err), x.reachRemedy(err))
	case errors.Is(err, ErrMQTT):
		return x.fail(x.Say("%s terjangkau, tetapi tidak menerima node ini: %v", "%s is reached, and does not take this node: %v", url, err), x.reachRemedy(err))
	}
	return x.fail(url+": "+explain.Center(err, x.Now(), x.Lang), x.reachRemedy(err))
}

// enrolledBroker is what the agent says of its connection, since with the node's
// certificate nobody else may sign in, and whether the broker is at each address that
// is not the center's own: at those the enrolment has looked.
func (x *exam) enrolledBroker(ctx context.Context, id *enrol.Identity) []Line {
	lines := []Line{x.agentsBroker()}
	if id == nil {
		return lines
	}
	return append(lines, each(id.Brokers, func(address string) Line { return x.address(ctx, id, address) })...)
}

func (x *exam) agentsBroker() Line {
	b := x.snap.Broker
	switch {
	case x.agentErr != nil:
		return x.unknown(x.Pick("apakah node ini diterima tidak diketahui selama layanan tidak berjalan", "whether this node is taken is not known while the service does not run"))
	case b.Connected:
		return x.ok(x.Say("%s menerima node ini", "%s takes this node", b.URL))
	}
	return x.fail(b.URL+": "+b.LastError, x.Pick("Perbaiki dulu yang disebut di Pendaftaran dan di bawah; bila semua baik, tanyakan kepada pengelola pusat apakah node ini dipensiunkan (siaga node show NODE).",
		"First mend what Enrolment above and the lines below say; if all is well there, ask the center's operators whether this node is retired (siaga node show NODE)."))
}

// each looks at all addresses of one place at once. A failure is a warning where
// another leads there.
func each(addresses []string, look func(string) Line) []Line {
	lines := make([]Line, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() { lines[i] = look(address) })
	}
	all.Wait()
	reached := slices.ContainsFunc(lines, func(l Line) bool { return l.Status != Failure })
	for i := range lines {
		if reached && lines[i].Status == Failure {
			lines[i].Status = Warning
		}
	}
	return lines
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
