package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/siaga-id/siaga/dashboards/grafana/provision"
	"github.com/siaga-id/siaga/gateway/api"
)

// madeToken is an access token that was made for Grafana, nil for none.
type madeToken struct {
	*desk
	id string
}

// undo ends the token where what it was made for has failed.
func (m *madeToken) undo(ctx context.Context, failed error) error {
	if m == nil {
		return failed
	}
	return errors.Join(failed, m.ask(ctx, http.MethodDelete, "/api/v1/tokens/"+url.PathEscape(m.id), nil, nil, nil))
}

// askCenter gets from a running center what Grafana needs to reach it, if it does,
// and nobody has said: its authority, and a token, which an earlier run may have
// left.
func (p *provisioning) askCenter(ctx context.Context, l lang) (*madeToken, error) {
	g := &p.opt.Gateway
	if !p.opt.AsksGateway() {
		return nil, nil
	}
	if g.Token == "" {
		kept, err := os.ReadFile(filepath.Join(p.out, filepath.FromSlash(provision.GatewaySecret)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read the token that is there: %w", err)
		}
		g.Token = strings.TrimSpace(string(kept))
	}
	if g.Token != "" || p.data != "" {
		if err := p.encrypted(g.URL, l); err != nil {
			return nil, err
		}
	}
	if p.data == "" {
		return nil, nil
	}
	f := centerFlags{url: p.center, data: p.data, said: string(l)}
	d, err := f.desk()
	if err != nil {
		return nil, err
	}
	if g.CA == "" && strings.HasPrefix(g.URL, "https://") {
		var all authoritiesAnswer
		if err := d.call(ctx, http.MethodGet, "/api/v1/ca", nil, &all); err != nil {
			return nil, err
		}
		for _, a := range all.Authorities {
			g.CA += a.PEM
		}
		g.CA = strings.TrimSpace(g.CA)
	}
	if g.Token != "" {
		return nil, nil
	}
	// Without an end: a wall that goes dark after a year does so on no special day.
	var made tokenAnswer
	if err := d.ask(ctx, http.MethodPost, "/api/v1/tokens", nil, map[string]any{"name": "grafana", "scope": "viewer"}, &made); err != nil {
		return nil, err
	}
	g.Token = made.Token
	return &madeToken{d, made.ID}, nil
}

// completeInflux fills in where the center's own InfluxDB is asked.
func (p *provisioning) completeInflux() error {
	o := &p.opt
	if o.Influx.URL == "" {
		switch {
		case o.Influx.Kind != provision.Embedded:
			return fmt.Errorf("--influx-kind %s: say where it is with --influx", o.Influx.Kind)
		case onThisMachine(o.Gateway.URL):
			o.Influx.URL = "http://127.0.0.1:8086"
		default:
			o.Influx.URL = o.Gateway.URL + api.InfluxPath
		}
	}
	o.Influx.ThroughGateway = o.Influx.Kind == provision.Embedded && strings.HasSuffix(o.Influx.URL, api.InfluxPath)
	return nil
}
