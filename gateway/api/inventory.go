package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/registry"
)

// inventoryRoutes are what people write down of sites and nodes, and plan. Where
// the wall is open, everybody may see what it shows, events included; notes, serial
// numbers and who did what are for operators.
func (s *Server) inventoryRoutes(api huma.API) {
	read := func(path, id, summary string) huma.Operation {
		return s.change(access.Operator, http.MethodGet, path, id, summary)
	}
	change := func(method, path, id, summary string) huma.Operation {
		return s.change(access.Technician, method, path, id, summary)
	}
	added := func(op huma.Operation) huma.Operation {
		op.DefaultStatus = http.StatusCreated
		return op
	}
	huma.Register(api, read("/api/v1/sites", "list-sites", "All sites"), s.listSites)
	huma.Register(api, read("/api/v1/sites/{code}", "get-site", "One site"), s.getSite)
	huma.Register(api, change("PATCH", "/api/v1/sites/{code}", "set-site", "Add or change a site"), s.setSite)

	huma.Register(api, added(change("POST", "/api/v1/nodes", "add-node", "Take a node on")), s.addNode)
	huma.Register(api, read("/api/v1/nodes/{id}/inventory", "get-inventory", "What is written down of a node"), s.getAsset)
	huma.Register(api, change("PATCH", "/api/v1/nodes/{id}", "set-node", "Change what is written down of a node"), s.setNode)
	huma.Register(api, change("POST", "/api/v1/nodes/{id}/retire", "retire-node", "Take a node out of service, for good"), s.retireNode)
	huma.Register(api, change("PUT", "/api/v1/nodes/{id}/mountings/{sensor}", "set-mounting", "Write down where a physical sensor is mounted"), s.setMounting)
	huma.Register(api, change("DELETE", "/api/v1/nodes/{id}/mountings/{sensor}", "remove-mounting", "A physical sensor is not there any more"), s.removeMounting)
	huma.Register(api, change("PUT", "/api/v1/nodes/{id}/levels", "set-levels", "Write down a gauge's levels from a time on"), s.setLevels)
	huma.Register(api, change("DELETE", "/api/v1/nodes/{id}/levels", "remove-levels", "Remove a gauge's levels that were written down by mistake"), s.removeLevels)
	huma.Register(api, read("/api/v1/nodes/{id}/maintenance", "list-maintenance", "What was done at a node, the last first"), s.listMaintenance)
	huma.Register(api, added(change("POST", "/api/v1/nodes/{id}/maintenance", "add-maintenance", "Write down what was done at a node")), s.addMaintenance)
	huma.Register(api, read("/api/v1/nodes/{id}/history", "node-history", "Who changed what of a node, the last first"), s.nodeHistory)

	huma.Register(api, s.read("/api/v1/events", "list-events", "Planned events, as annotations"), s.listEvents)
	huma.Register(api, added(s.change(access.Operator, "POST", "/api/v1/events", "add-event", "Plan an event")), s.addEvent)
	huma.Register(api, s.change(access.Operator, "DELETE", "/api/v1/events/{id}", "cancel-event", "Call an event off, or end it now where it has begun"), s.cancelEvent)

	huma.Register(api, read("/api/v1/inventory", "export-inventory", "The whole inventory, as JSON or one table as CSV"), s.exportInventory)
	into := change("POST", "/api/v1/inventory", "import-inventory", "Take in sites and nodes, all of them or none")
	into.MaxBodyBytes = maxImport
	huma.Register(api, into, s.importInventory)
}

// InLanguage chooses in which language mistakes are told. Like the other parts of
// inputs it is exported only because huma fills in no others.
type InLanguage struct {
	Lang string `query:"lang" enum:"id,en" default:"en" doc:"the language in which mistakes are told"`
}

// IfVersion keeps two people from overwriting each other.
type IfVersion struct {
	InLanguage
	Version string `query:"version" required:"true" maxLength:"64" doc:"the version that was looked at; * for whatever it is now"`
}

// anyVersion is for who does not care what he overwrites.
const anyVersion = "*"

// seen is what the registry is asked with.
func (v *IfVersion) seen() string {
	if v.Version == anyVersion {
		return ""
	}
	return v.Version
}

// refusal makes an answer of what the registry says no with; what is for logs.
func (s *Server) refusal(in InLanguage, what string, err error) error {
	var wrong *registry.MistakesError
	switch {
	case errors.As(err, &wrong):
		return mistaken(in.Lang, wrong.Mistakes)
	case errors.Is(err, registry.ErrNotFound):
		return huma.Error404NotFound(in.say("tidak dikenal", "that is not known"))
	case errors.Is(err, registry.ErrChanged):
		return huma.Error409Conflict(in.say("sudah diubah orang lain: lihat dulu, lalu ulangi", "somebody else has changed it meanwhile: look at it, then try again"))
	case errors.Is(err, registry.ErrExists):
		return huma.Error409Conflict(in.say("sudah terdaftar", "it is in the inventory already"))
	case errors.Is(err, registry.ErrRetired):
		return huma.Error409Conflict(in.say("sudah dipensiunkan dan tidak kembali: beri nama baru", "it is retired, which is for good: give it a new name"))
	case errors.Is(err, registry.ErrOver):
		return huma.Error409Conflict(in.say("sudah selesai atau sudah dibatalkan", "it is over or was called off already"))
	case errors.Is(err, registry.ErrTooManyNodes), errors.Is(err, registry.ErrInvalid):
		return huma.Error422UnprocessableEntity(err.Error())
	}
	return s.unavailable(what, err)
}

func (l InLanguage) say(id, en string) string {
	if l.Lang == "id" {
		return id
	}
	return en
}

// mistaken tells of each mistake where it is and what is wanted instead.
func mistaken(lang string, wrong []registry.Mistake) error {
	in := InLanguage{lang}
	details := make([]error, len(wrong))
	for i, m := range wrong {
		at := m.Object + " " + m.Field
		if m.Line > 0 {
			at = fmt.Sprintf("%s %d, %s", in.say("baris", "line"), m.Line, at)
		}
		details[i] = &huma.ErrorDetail{Location: at, Message: fmt.Sprintf("%q %s", m.Value, in.say(m.ID, m.EN)), Value: m.Value}
	}
	return huma.Error422UnprocessableEntity(in.say("tidak ada yang diubah; yang salah:", "nothing was changed; what is wrong:"), details...)
}

// by is who makes the request.
func by(ctx context.Context) registry.Actor { return access.From(ctx).Actor }
