package plugin

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/siaga-id/siaga/internal/reading"
)

// choice is an entry of a list that a variable or an editor shows.
type choice struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// resources are the lists. Everybody who may query the data source reaches them, so they
// only read, and only what queries tell too; a request without a signed-in Grafana user
// or of another method is refused. No part of a request becomes part of a path at the
// center.
func (s *Source) resources() http.Handler {
	mux := http.NewServeMux()
	for path, list := range map[string]func(*inventory, scope, bool) []choice{
		"districts": districts, "sites": sites, "nodes": nodeNames, "sensors": sensors, "quantities": quantities,
	} {
		mux.HandleFunc("GET /variables/"+path, func(w http.ResponseWriter, r *http.Request) { s.list(w, r, list) })
	}
	return mux
}

// list answers with one of the lists.
func (s *Source) list(w http.ResponseWriter, r *http.Request, of func(*inventory, scope, bool) []choice) {
	if user := backend.UserFromContext(r.Context()); user == nil || !slices.Contains([]string{"Viewer", "Editor", "Admin"}, user.Role) {
		http.Error(w, "this is for users of Grafana with a role", http.StatusForbidden)
		return
	}
	if s.wrong != nil {
		http.Error(w, s.wrong.Error(), http.StatusBadRequest)
		return
	}
	in, english, err := parseScope(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	nodes, err := s.center.inventory(r.Context())
	if err != nil {
		status := http.StatusBadGateway
		var no *statusError
		if errors.As(err, &no) && (no.Status == http.StatusUnauthorized || no.Status == http.StatusForbidden) {
			status = http.StatusFailedDependency // 401 would have Grafana ask its user to sign in
		}
		http.Error(w, err.Error(), status)
		return
	}
	all := of(nodes, in, english)
	if all == nil {
		all = []choice{}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(all); err != nil {
		log.DefaultLogger.Debug("write list", "err", err)
	}
}

// parseScope reads what a list is held to. A parameter may be there several times, and
// have several names with commas between.
func parseScope(v url.Values) (in scope, english bool, err error) {
	for name, values := range v {
		var all []string
		for _, value := range values {
			for one := range strings.SplitSeq(value, ",") {
				if one != "" {
					all = append(all, one)
				}
			}
		}
		switch name {
		case "district":
			in.Districts = all
		case "site":
			in.Sites = all
		case "node":
			in.Nodes = all
		case "lang":
			english = slices.Equal(all, []string{"en"})
		default:
			return in, false, errors.New("read query: " + clip(name) + " is no parameter of a list")
		}
	}
	return in, english, in.check()
}

// listed makes a list of what of makes of each node of a scope in service: each value
// once, by its text.
func (v *inventory) listed(in scope, of func(*node) []choice) []choice {
	var all []choice
	for i := range v.all {
		if n := &v.all[i]; n.Retired == nil && in.has(n.ID, "", n.Site.Code, n.Site.DistrictCode) {
			all = append(all, of(n)...)
		}
	}
	slices.SortFunc(all, func(a, b choice) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	seen := make(map[string]bool, len(all))
	return slices.DeleteFunc(all, func(c choice) bool {
		again := seen[c.Value] || c.Value == ""
		seen[c.Value] = true
		return again
	})
}

func districts(v *inventory, in scope, _ bool) []choice {
	return v.listed(in, func(n *node) []choice {
		return []choice{{cmp.Or(n.Site.District, n.Site.DistrictCode), n.Site.DistrictCode}}
	})
}

func sites(v *inventory, in scope, _ bool) []choice {
	return v.listed(in, func(n *node) []choice { return []choice{{cmp.Or(n.Site.Name, n.Site.Code), n.Site.Code}} })
}

func nodeNames(v *inventory, in scope, _ bool) []choice {
	return v.listed(in, func(n *node) []choice { return []choice{{n.ID, n.ID}} })
}

func sensors(v *inventory, in scope, _ bool) []choice {
	return v.listed(in, func(n *node) (all []choice) {
		for i := range n.Sensors {
			all = append(all, choice{n.Sensors[i].ID, n.Sensors[i].ID})
		}
		return all
	})
}

// quantities lists what some sensor measures, by what people call it.
func quantities(v *inventory, in scope, english bool) []choice {
	return v.listed(in, func(n *node) (all []choice) {
		for i := range n.Sensors {
			for _, name := range n.Sensors[i].Quantities {
				q, ok := reading.Lookup(name)
				if !ok {
					continue // of a later version
				}
				info := q.Raw().Info()
				title := info.TitleID
				if english {
					title = info.TitleEN
				}
				all = append(all, choice{title, info.Name})
			}
		}
		return all
	})
}
