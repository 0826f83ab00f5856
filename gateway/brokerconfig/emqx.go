package brokerconfig

import (
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/internal/wire"
)

// EMQX returns the files for EMQX 5: a part of its configuration, and the rights.
// It follows EMQX's documentation; unlike Mosquitto's they are not tried here.
// Certificates and passwords are the caller's.
func EMQX(o Options) ([]File, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("write configuration for emqx: %w", err)
	}
	return []File{{"siaga.hocon", o.emqxConf(), 0o644}, {"acl.conf", o.emqxRights(), 0o600}}, nil
}

func (o Options) emqxConf() string {
	tls := fmt.Sprintf(`    cacertfile = %q
    certfile = %q
    keyfile = %q
    versions = ["tlsv1.3", "tlsv1.2"]
`, o.at(CAFile), o.at(CertificateFile), o.at(KeyFile))
	return fmt.Sprintf(`# EMQX 5 beside Siaga, written by `+"`siaga broker-config emqx`"+`: include it in emqx.conf.

# Nodes show a certificate. Its common name is their id, and no other client id is
# theirs.
zones.nodes.mqtt {
  peer_cert_as_username = cn
  peer_cert_as_clientid = cn
}
listeners.ssl.nodes {
  bind = %q
  zone = nodes
  enable_authn = false
  ssl_options {
%s    verify = verify_peer
    fail_if_no_peer_cert = true
  }
}

# The center and ingesters say a name and a password.
listeners.ssl.users {
  bind = %q
  ssl_options {
%s    verify = verify_none
  }
}
authentication = [{
  mechanism = password_based
  backend = built_in_database
  user_id_type = username
  bootstrap_file = %q
  bootstrap_type = plain
}]

# What an ingester has not taken waits for it.
mqtt {
  max_mqueue_len = 100000
  max_inflight = 200
  max_packet_size = 512KB
}

authorization {
  no_match = deny
  deny_action = disconnect
  sources = [{ type = file, enable = true, path = %q }]
}
`, o.Nodes, tls, o.Users, tls, o.at(PasswordFile), o.at("acl.conf"))
}

// emqxRights are Erlang terms, of which the first that matches decides.
func (o Options) emqxRights() string {
	var b strings.Builder
	rule := func(verdict, who, action string, topics []string) {
		quoted := make([]string, len(topics))
		for i, t := range topics {
			quoted[i] = fmt.Sprintf("%q", t)
		}
		fmt.Fprintf(&b, "{%s, %s, %s, [%s]}.\n", verdict, who, action, strings.Join(quoted, ", "))
	}
	for _, n := range o.Barred {
		rule("deny", fmt.Sprintf("{username, %q}", n), "all", []string{"#"})
	}
	for _, u := range o.users() {
		who := fmt.Sprintf("{username, %q}", u.name)
		rule("allow", who, "publish", u.publish)
		rule("allow", who, "subscribe", u.subscribe)
		rule("deny", who, "all", []string{"#"})
	}
	var says, hears []string
	for _, c := range wire.Up() {
		says = append(says, "siaga/v1/${username}/"+string(c))
	}
	for _, c := range wire.Down() {
		hears = append(hears, "siaga/v1/${username}/"+string(c))
	}
	rule("allow", "all", "publish", says)
	rule("allow", "all", "subscribe", append(hears, wire.CenterFilter))
	b.WriteString("{deny, all}.\n")
	return b.String()
}
