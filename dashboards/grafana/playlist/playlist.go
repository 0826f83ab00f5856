package playlist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// Playlist is dashboards that a screen shows one after the other.
type Playlist struct {
	// Name is its id in Grafana, and Title what people read.
	Name, Title string
	// Interval is how long each is shown, such as "30s".
	Interval string
	// Dashboards are uids, in order.
	Dashboards []string
}

// Result is what became of a playlist.
type Result struct {
	// UID is Grafana's: the playlist's name, or before version 12 one of its own.
	UID string
	// What is "added", "changed" or "same".
	What string
	// Org is the organisation that the token is of.
	Org string
}

// MissingError names dashboards that Grafana does not have.
type MissingError struct{ UIDs []string }

func (e *MissingError) Error() string {
	return "Grafana has no dashboards " + strings.Join(e.UIDs, ", ") + ": provision them with `siaga grafana provision`, and restart Grafana; where that was with --simulated or --lang, they belong here too"
}

const group = "/apis/playlist.grafana.app"

// item is a dashboard in a playlist, in the new API and the old alike.
type item struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (p *Playlist) items() []item {
	var all []item
	for _, uid := range p.Dashboards {
		all = append(all, item{"dashboard_by_uid", uid})
	}
	return all
}

// Put creates the playlist, or changes the one of that name, after it has made
// sure that Grafana has its dashboards. Errors: *MissingError, *RefusedError.
func (c *Client) Put(ctx context.Context, p Playlist) (Result, error) {
	if err := c.have(ctx, p.Dashboards); err != nil {
		return Result{}, err
	}
	var settings struct {
		Namespace string `json:"namespace"`
	}
	if err := c.call(ctx, http.MethodGet, "/api/frontend/settings", nil, &settings); err != nil {
		return Result{}, err
	}
	// "default" is organisation 1.
	org, found := strings.CutPrefix(settings.Namespace, "org-")
	if !found {
		org = "1"
	}
	var versions struct {
		PreferredVersion struct {
			Version string `json:"version"`
		} `json:"preferredVersion"`
	}
	err := c.call(ctx, http.MethodGet, group, nil, &versions)
	var result Result
	switch {
	case err == nil && versions.PreferredVersion.Version != "" && settings.Namespace != "":
		result, err = c.put(ctx, p, versions.PreferredVersion.Version, settings.Namespace)
	case err == nil || is(err, http.StatusNotFound):
		result, err = c.putOld(ctx, p)
	}
	result.Org = org
	return result, err
}

// have returns a *MissingError for what Grafana does not have.
func (c *Client) have(ctx context.Context, uids []string) error {
	var missing MissingError
	for _, uid := range uids {
		err := c.call(ctx, http.MethodGet, "/api/dashboards/uid/"+url.PathEscape(uid), nil, nil)
		switch {
		case is(err, http.StatusNotFound):
			missing.UIDs = append(missing.UIDs, uid)
		case err != nil:
			return err
		}
	}
	if missing.UIDs != nil {
		return &missing
	}
	return nil
}

func is(err error, status int) bool {
	var refused *RefusedError
	return errors.As(err, &refused) && refused.Status == status
}

// resource is a playlist in Grafana's newer API.
type resource struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       spec           `json:"spec"`
}

type spec struct {
	Title    string `json:"title"`
	Interval string `json:"interval"`
	Items    []item `json:"items"`
}

func (s spec) equal(other spec) bool {
	return s.Title == other.Title && s.Interval == other.Interval && slices.Equal(s.Items, other.Items)
}

func (c *Client) put(ctx context.Context, p Playlist, version, namespace string) (Result, error) {
	all := fmt.Sprintf("%s/%s/namespaces/%s/playlists", group, url.PathEscape(version), url.PathEscape(namespace))
	one := all + "/" + url.PathEscape(p.Name)
	wanted := spec{p.Title, p.Interval, p.items()}
	var found resource
	err := c.call(ctx, http.MethodGet, one, nil, &found)
	switch {
	case is(err, http.StatusNotFound):
		err := c.call(ctx, http.MethodPost, all, resource{
			APIVersion: strings.TrimPrefix(group, "/apis/") + "/" + version, Kind: "Playlist",
			Metadata: map[string]any{"name": p.Name, "namespace": namespace}, Spec: wanted,
		}, nil)
		return Result{UID: p.Name, What: "added"}, err
	case err != nil:
		return Result{}, err
	case found.Spec.equal(wanted):
		return Result{UID: p.Name, What: "same"}, nil
	}
	// With its resourceVersion, so that nobody else's change is lost unseen.
	found.Spec = wanted
	err = c.call(ctx, http.MethodPut, one, found, nil)
	return Result{UID: p.Name, What: "changed"}, err
}

// old is a playlist in Grafana's older API, which gives uids of its own.
type old struct {
	UID      string `json:"uid,omitempty"`
	Name     string `json:"name"`
	Interval string `json:"interval"`
	Items    []item `json:"items,omitempty"`
}

func (c *Client) putOld(ctx context.Context, p Playlist) (Result, error) {
	const all = "/api/playlists"
	wanted := old{Name: p.Title, Interval: p.Interval, Items: p.items()}
	var there []old
	if err := c.call(ctx, http.MethodGet, all, nil, &there); err != nil {
		return Result{}, err
	}
	i := slices.IndexFunc(there, func(o old) bool { return o.Name == p.Title })
	if i < 0 {
		var made old
		err := c.call(ctx, http.MethodPost, all, wanted, &made)
		return Result{UID: made.UID, What: "added"}, err
	}
	one := all + "/" + url.PathEscape(there[i].UID)
	var found old
	if err := c.call(ctx, http.MethodGet, one, nil, &found); err != nil {
		return Result{}, err
	}
	result := Result{UID: found.UID, What: "same"}
	if found.Interval != p.Interval || !slices.Equal(found.Items, wanted.Items) {
		result.What = "changed"
		if err := c.call(ctx, http.MethodPut, one, wanted, nil); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

// kiosk is what a playlist carries from view to view; all else it drops.
const kiosk = "?kiosk&_dash.hideTimePicker=true&_dash.hideVariables=true&_dash.hideLinks=true"

// PlayURL is where a wall's browser finds the playlist.
func (c *Client) PlayURL(r Result) string { return c.at("/playlists/play/"+url.PathEscape(r.UID), r) }

// DashboardURL is where a screen finds one dashboard that stays.
func (c *Client) DashboardURL(r Result, uid string) string {
	return c.at("/d/"+url.PathEscape(uid), r)
}

func (c *Client) at(path string, r Result) string {
	address := strings.TrimRight(c.URL, "/") + path + kiosk
	if r.Org != "1" {
		address += "&orgId=" + url.QueryEscape(r.Org)
	}
	return address
}

// WallName is the name of the wall's playlist of a set of dashboards.
func WallName(set grafana.Set) string { return "siaga-dinding" + set.Suffix() }
