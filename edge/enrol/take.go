package enrol

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

const (
	// maxTokenFile is more than any token, in bytes.
	maxTokenFile = 16 << 10
	takeLeast    = 5 * time.Second
	takeMost     = 5 * time.Minute
)

// TakeOptions say which token files a node takes.
type TakeOptions struct {
	// Patterns are as path/filepath.Match has them; of files that are there, the
	// first whose token is for Node is taken. Where Node is "" the node may become
	// any, and more than one node's token is a mistake.
	Patterns []string
	Node     string
	// Earliest is a lower bound of the present.
	Earliest func() time.Time
	// Logger gets what happens, in words for people who look after the node.
	Logger *slog.Logger
}

// ReadTokenFile reads a file that holds a token and nothing else.
func ReadTokenFile(path string) (enrolment.Token, error) {
	f, err := os.Open(path)
	if err != nil {
		return enrolment.Token{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return enrolment.Token{}, err
	}
	return enrolment.ParseToken(string(text))
}

// tokenFile is a token that lies on a disk.
type tokenFile struct {
	path  string
	token enrolment.Token
}

// Take enrols the node by a token that somebody has put on a disk, such as a card's
// boot partition, and deletes the file then. It tries until that is done, the
// center refuses for good, or ctx ends; where there is no such file it returns at
// once. A disk that cannot be written keeps its file, which is not used again.
func (s *Store) Take(ctx context.Context, o TakeOptions) {
	pause := takeLeast
	for ctx.Err() == nil {
		f, ok := o.find()
		if !ok || !s.takeOne(ctx, f, o) {
			return
		}
		wait := pause/2 + rand.N(pause/2+1)
		pause = min(2*pause, takeMost)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// takeOne reports whether it is worth another attempt.
func (s *Store) takeOne(ctx context.Context, f tokenFile, o TakeOptions) (again bool) {
	log := o.Logger.With("file", f.path, "node", string(f.token.Node))
	before, err := s.Load()
	if err == nil && before.By(f.token) {
		discard(f.path, log)
		return false
	}
	id, err := s.Enrol(ctx, f.token, Options{Earliest: o.Earliest})
	var refused *enrolment.Problem
	var useless *AnswerError
	switch {
	case ctx.Err() != nil:
		return false
	case errors.As(err, &refused) && refused.Final(), errors.As(err, &useless):
		log.Error("the token file is of no use: make a new token for this node", "err", err)
		return false
	case err != nil:
		log.Warn("not enrolled yet", "err", err)
		return true
	}
	log.Info("enrolled by a token file", "until", id.Until(), "centers", id.Centers)
	discard(f.path, log)
	return false
}

func discard(path string, log *slog.Logger) {
	if err := os.Remove(path); err != nil {
		log.Warn("the token file was used and cannot be deleted: delete it by hand", "err", err)
	}
}

// find returns the file to take. What is there and cannot be taken is logged.
func (o TakeOptions) find() (found tokenFile, ok bool) {
	for _, pattern := range o.Patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			o.Logger.Error("token files are not looked for", "pattern", pattern, "err", err)
		}
		for _, path := range paths {
			token, err := ReadTokenFile(path)
			switch {
			case errors.Is(err, os.ErrNotExist):
			case err != nil:
				o.Logger.Error("the token file cannot be read", "file", path, "err", err)
			case o.Node != "" && o.Node != string(token.Node):
				o.Logger.Warn("a token file for another node is left alone", "file", path, "for", string(token.Node), "node", o.Node)
			case ok && found.token.Node != token.Node:
				o.Logger.Error("token files for several nodes: leave only that of this one", "files", fmt.Sprint(found.path, ", ", path))
				return tokenFile{}, false
			case !ok:
				found, ok = tokenFile{path, token}, true
			}
		}
	}
	return found, ok
}
