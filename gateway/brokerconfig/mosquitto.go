package brokerconfig

import (
	"fmt"
	"net"
	"strings"

	"github.com/siaga-id/siaga/internal/wire"
)

// Names of Mosquitto's files.
const (
	mosquittoConf = "mosquitto.conf"
	nodesACL      = "nodes.acl"
	usersACL      = "users.acl"
)

// Mosquitto returns the files for Eclipse Mosquitto 2, the oldest of the versions
// that Debian 12 has. Certificates and passwords are the caller's.
func Mosquitto(o Options) ([]File, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("write configuration for mosquitto: %w", err)
	}
	return []File{
		{mosquittoConf, o.mosquittoConf(), 0o644},
		{nodesACL, o.mosquittoNodes(), 0o600},
		{usersACL, o.mosquittoUsers(), 0o600},
	}, nil
}

func (o Options) mosquittoConf() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Eclipse Mosquitto beside Siaga, written by `siaga broker-config mosquitto`.")
	line("per_listener_settings true")
	line("")
	line("# The defaults drop messages of a client that is away or slow: a minute of a")
	line("# stopped ingester would lose packs here (nodes send them again, but late).")
	line("max_queued_messages 100000")
	line("max_inflight_messages 200")
	line("max_packet_size 524288")
	line("persistence true")
	if o.Persistence != "" {
		line("persistence_location %s/", strings.TrimRight(o.Persistence, "/"))
	}
	line("# Acknowledgements and node states are small and many.")
	line("set_tcp_nodelay true")
	line("")
	line("# Nodes show a certificate. Its common name is their id, and no other client id")
	line("# is theirs.")
	line("listener %s", listener(o.Nodes))
	o.mosquittoTLS(line)
	line("crlfile %s", o.at(CRLFile))
	line("require_certificate true")
	line("use_identity_as_username true")
	line("use_username_as_clientid true")
	line("allow_anonymous false")
	line("acl_file %s", o.at(nodesACL))
	line("")
	line("# The center and ingesters say a name and a password.")
	line("listener %s", listener(o.Users))
	o.mosquittoTLS(line)
	line("allow_anonymous false")
	line("password_file %s", o.at(PasswordFile))
	line("acl_file %s", o.at(usersACL))
	return b.String()
}

func (o Options) mosquittoTLS(line func(string, ...any)) {
	line("cafile %s", o.at(CAFile))
	line("certfile %s", o.at(CertificateFile))
	line("keyfile %s", o.at(KeyFile))
	line("tls_version tlsv1.2")
}

// listener is "port" or "port address", as Mosquitto wants it.
func listener(addr string) string {
	host, port, _ := net.SplitHostPort(addr) // it was validated
	if host == "" {
		return port
	}
	return port + " " + host
}

// mosquittoNodes are a node's rights; %u is its id.
func (o Options) mosquittoNodes() string {
	var b strings.Builder
	for _, n := range o.Barred {
		fmt.Fprintf(&b, "user %s\ntopic deny #\n\n", n)
	}
	b.WriteString("# A node speaks for itself, and hears what is meant for it. All else is refused.\n")
	for _, c := range wire.Up() {
		fmt.Fprintf(&b, "pattern write siaga/v1/%%u/%s\n", c)
	}
	for _, c := range wire.Down() {
		fmt.Fprintf(&b, "pattern read siaga/v1/%%u/%s\n", c)
	}
	fmt.Fprintf(&b, "pattern read %s\n", wire.CenterFilter)
	return b.String()
}

func (o Options) mosquittoUsers() string {
	var b strings.Builder
	for _, u := range o.users() {
		fmt.Fprintf(&b, "user %s\n", u.name)
		for _, f := range u.publish {
			fmt.Fprintf(&b, "topic write %s\n", f)
		}
		for _, f := range u.subscribe {
			fmt.Fprintf(&b, "topic read %s\n", f)
		}
		b.WriteString("\n")
	}
	return b.String()
}
