package api

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// maxImport bounds an imported file, maxEdits its lines or entries: ten for
	// each node that a center may have.
	maxImport = 32 << 20
	maxEdits  = 100_000
)

type exportOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) exportInventory(ctx context.Context, in *struct {
	Format string `query:"format" enum:"json,csv" default:"json"`
	Table  string `query:"table" enum:"nodes,sites,sensors,levels" default:"nodes" doc:"which one, as CSV"`
},
) (*exportOutput, error) {
	sites, err := s.opt.Registry.Sites(ctx)
	if err != nil {
		return nil, s.unavailable("list sites", err)
	}
	nodes, err := s.opt.Registry.Assets(ctx)
	if err != nil {
		return nil, s.unavailable("list nodes", err)
	}
	// What was only heard of is nobody's inventory.
	nodes = slices.DeleteFunc(nodes, func(n registry.Asset) bool { return n.Site == "" })
	var out bytes.Buffer
	if in.Format == "csv" {
		if err := writeCSV(&out, in.Table, sites, nodes); err != nil {
			return nil, s.unavailable("write inventory", err)
		}
		return &exportOutput{"text/csv; charset=utf-8", `attachment; filename="siaga-` + in.Table + `.csv"`, out.Bytes()}, nil
	}
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(inventoryFile{append([]registry.Site{}, sites...), append([]registry.Asset{}, nodes...)}); err != nil {
		return nil, s.unavailable("write inventory", err)
	}
	return &exportOutput{"application/json", `attachment; filename="siaga-inventory.json"`, out.Bytes()}, nil
}

type importInput struct {
	InLanguage
	Preview bool `query:"preview" doc:"only tell what would change"`
	Body    struct {
		Format  string `json:"format" enum:"json,csv"`
		Content string `json:"content" doc:"the file: as exported, or with fewer columns or fields; what it does not tell of stays"`
	}
}

type importOutput struct {
	Body struct {
		Applied bool              `json:"applied"`
		Changes []registry.Change `json:"changes" nullable:"false"`
		// Unplaced are sites that nodes of the file are at.
		Unplaced []string `json:"unplaced_sites" nullable:"false" doc:"sites of these nodes whose name and place nobody has said: the map does not show them"`
	}
}

func (s *Server) importInventory(ctx context.Context, in *importInput) (*importOutput, error) {
	parse := parseJSON
	if in.Body.Format == "csv" {
		parse = parseCSV
	}
	edits, wrong := parse(in.Body.Content)
	if len(wrong) > 0 {
		return nil, mistaken(in.Lang, wrong[:min(len(wrong), 100)])
	}
	if len(edits) > maxEdits {
		return nil, huma.Error422UnprocessableEntity(in.say("terlalu banyak baris: bagi berkasnya", "too many lines: divide the file"))
	}
	changes, err := s.opt.Registry.Import(ctx, by(ctx), edits, !in.Preview)
	if err != nil {
		return nil, s.refusal(in.InLanguage, "import inventory", err)
	}
	out := new(importOutput)
	out.Body.Applied, out.Body.Changes = !in.Preview, changes
	if out.Body.Changes == nil {
		out.Body.Changes = []registry.Change{}
	}
	if out.Body.Unplaced, err = s.unplaced(ctx, edits, changes); err != nil {
		return nil, s.unavailable("list sites", err)
	}
	if !in.Preview {
		s.tellChanged(changes)
	}
	return out, nil
}

// unplaced are the sites of changed nodes that neither the registry nor the file
// itself tells of.
func (s *Server) unplaced(ctx context.Context, edits []registry.Edit, changes []registry.Change) ([]string, error) {
	sites, err := s.opt.Registry.Sites(ctx)
	if err != nil {
		return nil, err
	}
	placed := make(map[string]bool, len(sites))
	for _, site := range sites {
		placed[string(site.Code)] = true
	}
	for _, e := range edits {
		if e.EditSite != nil {
			placed[string(e.Code)] = true
		}
	}
	missing := []string{}
	for _, c := range changes {
		for _, f := range c.Fields {
			if f.Name == "site" && f.After != "" && !placed[f.After] {
				placed[f.After] = true
				missing = append(missing, f.After)
			}
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// tellChanged has the hub tell of nodes that an import changed.
func (s *Server) tellChanged(changes []registry.Change) {
	for _, c := range changes {
		id, ok := strings.CutPrefix(c.Object, "node:")
		if !ok {
			continue
		}
		node := reading.NodeID(id)
		if c.New && slices.ContainsFunc(c.Fields, func(f registry.Field) bool { return f.Name == "retired" }) {
			s.opt.Hub.Retire(node)
			continue
		}
		s.opt.Hub.Tell(node)
	}
}
