package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/registry"
)

// ErrBackingUp tells that a backup is under way: one at a time.
var ErrBackingUp = errors.New("another backup is under way")

// Staged is a copy of the center that is ready to be written.
type Staged interface {
	Manifest() *backup.Manifest
	Bytes() int64
	WriteTo(ctx context.Context, w io.Writer, lock backup.Lock) error
	Close() error
}

// BackupBytes is the header of a backup that says about how long it will be.
const BackupBytes = "Siaga-Backup-Bytes"

// backupWrite is how long a client may take nothing of a backup.
const backupWrite = time.Minute

func (s *Server) backupRoutes(api huma.API) {
	op := s.change(access.Admin, "POST", "/api/v1/backup", "make-backup", "Everything that the center keeps, encrypted")
	op.Description = "Answers with an age file (age-encryption.org/v1). It is whole only where the answer is. One backup is made at a time."
	huma.Register(api, op, s.makeBackup)
	huma.Register(api, s.change(access.Admin, "GET", "/api/v1/retirements", "list-retirements", "Who is kept out, for the restoration of an older backup"), s.listRetirements)
}

func (s *Server) makeBackup(ctx context.Context, in *struct {
	Body struct {
		History    *bool    `json:"history,omitempty" doc:"with the embedded InfluxDB's readings; true where it is not said"`
		Passphrase string   `json:"passphrase,omitempty" maxLength:"1000" doc:"of at least 12 characters, instead of recipients"`
		Recipients []string `json:"recipients,omitempty" maxItems:"20" doc:"public keys of age, age1…, instead of a passphrase"`
	}
},
) (*huma.StreamResponse, error) {
	lock := backup.Lock{Passphrase: in.Body.Passphrase, Recipients: in.Body.Recipients}
	if err := lock.Validate(); err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	if s.opt.Backup == nil {
		return nil, huma.Error404NotFound("this center makes no backups")
	}
	history := in.Body.History == nil || *in.Body.History
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ended, cancel)
	end := func() { stop(); cancel() }
	staged, err := s.opt.Backup(ctx, history)
	switch {
	case errors.Is(err, ErrBackingUp):
		end()
		return nil, huma.Error409Conflict(err.Error())
	case errors.Is(err, backup.ErrNoRoom):
		end()
		return nil, huma.NewError(http.StatusInsufficientStorage, err.Error())
	case err != nil:
		end()
		return nil, s.unavailable("make a backup", err)
	}
	m := staged.Manifest()
	s.did(ctx, "backup.create", "center", map[string]any{"history": m.History, "bytes": staged.Bytes()})
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer end()
		err := writeBackup(ctx, hctx, staged, lock)
		if err := staged.Close(); err != nil {
			s.opt.Logger.Error("remove the copies of a backup", "err", err)
		}
		if err != nil {
			s.opt.Logger.Error("answer request", "what", "make a backup", "err", err)
			// So that it is not taken for whole: the client sees the connection end.
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// writeBackup writes a backup as fast as the client takes it.
func writeBackup(ctx context.Context, hctx huma.Context, staged Staged, lock backup.Lock) error {
	_, w := humago.Unwrap(hctx)
	rc := http.NewResponseController(w)
	// The server's own timeouts are for requests that end soon.
	if err := rc.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	name := "siaga-" + staged.Manifest().Taken.UTC().Format("20060102T150405Z") + ".age"
	hctx.SetHeader("Content-Type", "application/octet-stream")
	hctx.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
	hctx.SetHeader(BackupBytes, fmt.Sprint(staged.Bytes()))
	hctx.SetStatus(http.StatusOK)
	return staged.WriteTo(ctx, patient{w, rc}, lock)
}

// patient gives every write its own time.
type patient struct {
	w  io.Writer
	rc *http.ResponseController
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.rc.SetWriteDeadline(time.Now().Add(backupWrite)); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}

type retirementsOutput struct{ Body *registry.Retirements }

func (s *Server) listRetirements(ctx context.Context, _ *struct{}) (*retirementsOutput, error) {
	list, err := s.opt.Registry.Retirements(ctx)
	if err != nil {
		return nil, s.unavailable("list retirements", err)
	}
	return &retirementsOutput{list}, nil
}
