package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/registry"
)

type auditBody struct {
	ID      int64           `json:"id"`
	Time    stamp           `json:"time"`
	Who     string          `json:"who" doc:"an account, token:<id>, node:<id>, system or anonymous"`
	Address string          `json:"address"`
	Action  string          `json:"action"`
	Object  string          `json:"object"`
	Before  json.RawMessage `json:"before,omitempty"`
	After   json.RawMessage `json:"after,omitempty"`
	Refused string          `json:"refused" doc:"why it was not done; empty: it was done"`
}

func audited(e *registry.AuditEntry) auditBody {
	return auditBody{e.ID, stamp{e.Time}, e.Name, e.Address, e.Action, e.Object, e.Before, e.After, e.Refused}
}

// AuditFilter is what both ways to read the audit log may be asked for. It is
// exported only because OpenAPI is to describe inputs that it is part of.
type AuditFilter struct {
	Who     string    `query:"who" maxLength:"100"`
	Action  string    `query:"action" maxLength:"100" doc:"how the action begins, such as account."`
	Object  string    `query:"object" maxLength:"200" doc:"such as account:budi"`
	From    time.Time `query:"from"`
	To      time.Time `query:"to" doc:"not included"`
	Outcome string    `query:"outcome" enum:"all,done,refused" default:"all"`
}

func (in *AuditFilter) filter() registry.AuditFilter {
	f := registry.AuditFilter{Who: in.Who, Action: in.Action, Object: in.Object, From: in.From, To: in.To}
	if refused := in.Outcome == "refused"; refused || in.Outcome == "done" {
		f.Refused = &refused
	}
	return f
}

type auditOutput struct {
	Body struct {
		Entries []auditBody `json:"entries" doc:"the newest first"`
		Next    *int64      `json:"next" doc:"the before of the next page; null: this was the last"`
	}
}

func (s *Server) listAudit(ctx context.Context, in *struct {
	AuditFilter
	Before int64 `query:"before" minimum:"0" doc:"only entries with a smaller id; 0: all"`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
},
) (*auditOutput, error) {
	f := in.filter()
	f.Below, f.Limit = in.Before, in.Limit
	entries, err := s.opt.Registry.Audit(ctx, f)
	if err != nil {
		return nil, s.unavailable("read audit log", err)
	}
	out := new(auditOutput)
	out.Body.Entries = make([]auditBody, len(entries))
	for i := range entries {
		out.Body.Entries[i] = audited(&entries[i])
	}
	if len(entries) == in.Limit {
		out.Body.Next = &entries[len(entries)-1].ID
	}
	return out, nil
}

func (s *Server) exportAudit(_ context.Context, in *struct {
	AuditFilter
	Format string `query:"format" enum:"csv,json" default:"csv" doc:"json: one object a line"`
},
) (*huma.StreamResponse, error) {
	f := in.filter()
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		media, write := "application/x-ndjson", exportJSON
		if in.Format == "csv" {
			media, write = "text/csv; charset=utf-8; header=present", exportCSV
		}
		ctx.SetHeader("Content-Type", media)
		ctx.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="siaga-audit-%s.%s"`, s.opt.Now().UTC().Format("20060102"), in.Format))
		ctx.SetStatus(http.StatusOK)
		err := write(ctx.BodyWriter(), func(give func(registry.AuditEntry) error) error {
			return s.opt.Registry.AllAudit(ctx.Context(), f, give)
		})
		if err != nil {
			s.opt.Logger.Error("answer request", "what", "export audit log", "err", err)
			// So that it is not taken for whole: the client sees the connection end.
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

func exportJSON(w io.Writer, all func(func(registry.AuditEntry) error) error) error {
	enc := json.NewEncoder(w)
	return all(func(e registry.AuditEntry) error { return enc.Encode(audited(&e)) })
}

func exportCSV(w io.Writer, all func(func(registry.AuditEntry) error) error) error {
	lines := csv.NewWriter(w)
	if err := lines.Write([]string{"id", "time", "who", "address", "action", "object", "before", "after", "refused"}); err != nil {
		return err
	}
	err := all(func(e registry.AuditEntry) error {
		return lines.Write([]string{
			fmt.Sprint(e.ID), e.Time.UTC().Format(stampLayout), cell(e.Name), cell(e.Address), cell(e.Action), cell(e.Object),
			cell(string(e.Before)), cell(string(e.After)), cell(e.Refused),
		})
	})
	lines.Flush()
	if err != nil {
		return err
	}
	return lines.Error()
}

// cell keeps spreadsheets from taking a text for a formula (OWASP, CSV Injection).
func cell(s string) string {
	if strings.HasPrefix(s, "=") || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "@") ||
		strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") {
		return "'" + s
	}
	return s
}
