package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// settings are what an administrator has entered.
type settings struct {
	base   *url.URL
	caCert string // PEM; "": the system's authorities are believed
	token  string // "": none is shown
}

// parseSettings reads what Grafana keeps of a data source.
func parseSettings(in backend.DataSourceInstanceSettings) (settings, error) {
	var kept struct {
		URL    string `json:"url"`
		CACert string `json:"caCert"`
	}
	if len(in.JSONData) > 0 {
		if err := json.Unmarshal(in.JSONData, &kept); err != nil {
			return settings{}, fmt.Errorf("read settings: %w", err)
		}
	}
	s := settings{caCert: strings.TrimSpace(kept.CACert), token: strings.TrimSpace(in.DecryptedSecureJSONData["token"])}
	if strings.ContainsAny(s.token, " \t\r\n") {
		return settings{}, errors.New("read settings: the token has spaces in it: paste only what `siaga token create` printed")
	}
	text := strings.TrimSpace(kept.URL)
	if text == "" {
		return settings{}, errors.New("read settings: no URL: enter where the center answers, such as http://127.0.0.1:8088")
	}
	u, err := url.Parse(text)
	// The error of url.Parse repeats a password.
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return settings{}, errors.New("read settings: the URL is none of a center: want one such as http://127.0.0.1:8088")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return settings{}, errors.New("read settings: the URL has more than an address: the token has a field of its own")
	}
	if s.caCert != "" && u.Scheme != "https" {
		return settings{}, errors.New("read settings: there is a CA certificate, but the URL does not begin with https://")
	}
	s.base = u
	return s, nil
}

// bare tells whether the token goes over a network unencrypted.
func (s *settings) bare() bool {
	host := s.base.Hostname()
	return s.base.Scheme == "http" && s.token != "" && host != "localhost" && host != "::1" && !strings.HasPrefix(host, "127.")
}
