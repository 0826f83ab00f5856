package provision

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// Kind is which InfluxDB Grafana asks.
type Kind string

// The kinds of InfluxDB. Influx2 wants a DBRP mapping of the database's name to
// the bucket; Influx3 was never tried.
const (
	Embedded Kind = "embedded" // of `siaga up`, itself or through its gateway
	Influx1  Kind = "1"
	Influx2  Kind = "2"
	Influx3  Kind = "3"
)

// Options say for whom the files are. Tokens end in files of their own, which the
// others name.
type Options struct {
	// Dir is Grafana's provisioning folder, absolute, as Grafana itself sees it.
	Dir string
	// Org is the Grafana organisation's id, from 1.
	Org int64
	// Set is which dashboards, and the language of the alerts.
	Set     grafana.Set
	Influx  Influx
	Gateway Gateway
	// Plugin adds the data source of Siaga's own plugin, which then has to be
	// installed, and the dashboards that need it.
	Plugin    bool
	Receivers Receivers
	// Policy adds a notification policy, which replaces Grafana's whole tree of
	// policies, and wants a receiver.
	Policy bool
}

// Influx is the InfluxDB that Grafana asks by InfluxQL.
type Influx struct {
	Kind     Kind
	URL      string
	Database string
	User     string // of 1.8
	// Secret is the token of 2 and 3, the password of User in 1.8; "" where none
	// is wanted.
	Secret string
	// ThroughGateway says that URL is the center's, which wants its own token.
	ThroughGateway bool
}

// Gateway is the center's HTTP API.
type Gateway struct {
	URL string
	// Token is an access token of the scope viewer; "" where none is wanted.
	Token string
	// CA is the authority that signed the center's certificate, as PEM; "" where
	// Grafana's machine believes it anyway.
	CA string
}

// Receivers are whom alerts are sent to. Without any, Grafana's own default policy
// decides.
type Receivers struct {
	Webhooks []string
	// WebhookToken goes to all of them as Authorization: Bearer; "" sends none.
	WebhookToken string
	// TelegramChat is the chat's number, negative for groups, or @channel.
	TelegramChat  string
	TelegramToken string // the bot's
	Emails        []string
}

func (r *Receivers) any() bool {
	return len(r.Webhooks) > 0 || r.TelegramChat != "" || len(r.Emails) > 0
}

// check returns what is wrong with the options, all at once.
func (o *Options) check() error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !path.IsAbs(o.Dir) {
		bad("folder %q: want an absolute path, as Grafana sees it", o.Dir)
	}
	if o.Org < 1 {
		bad("organisation %d: want 1 or more", o.Org)
	}
	switch o.Influx.Kind {
	case Embedded, Influx1:
	case Influx2, Influx3:
		if o.Influx.Secret == "" {
			bad("InfluxDB %s wants a token", o.Influx.Kind)
		}
	default:
		bad("InfluxDB of kind %q: want embedded, 1, 2 or 3", o.Influx.Kind)
	}
	if o.Influx.Database == "" {
		bad("InfluxDB's database has no name")
	}
	addresses := append([]string{o.Influx.URL}, o.Receivers.Webhooks...)
	if o.Plugin {
		addresses = append(addresses, o.Gateway.URL)
	}
	for _, address := range addresses {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			bad("%q is no http:// or https:// address", address)
		}
	}
	if (o.Receivers.TelegramChat == "") != (o.Receivers.TelegramToken == "") {
		bad("Telegram wants both a chat and the bot's token")
	}
	for _, secret := range []string{o.Influx.Secret, o.Gateway.Token, o.Receivers.TelegramToken, o.Receivers.WebhookToken} {
		if strings.Contains(secret, "$") {
			bad("a token or password has a $, which Grafana would take for a variable: have another one made")
		}
	}
	if o.Policy && !o.Receivers.any() {
		bad("a notification policy wants somebody to notify")
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("make provisioning: %w", err)
	}
	return nil
}

func (o *Options) say(t grafana.Text) string {
	if o.Set.Lang == grafana.English {
		return t.EN
	}
	return t.ID
}

// literal writes a string so that Grafana leaves it as it is: a single $ begins a
// variable of its environment.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }
