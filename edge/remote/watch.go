package remote

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
)

// pollEvery is how often files that people change are looked at.
const pollEvery = 2 * time.Second

// await waits until there is something to run with: a node that is enrolled and has
// no sensors can be told of some.
func (s *Station) await(ctx context.Context) (edge.Config, error) {
	for told := ""; ; {
		cfg, err := s.resolve()
		switch {
		case noSensors(err) && (s.opt.File == "" || enrolled(cfg)):
			s.log.Warn("this node has no sensors: find them with siaga-edge scan --write, or give it some from the center", "for", err)
			return cfg, nil
		case !noSensors(err) && !errors.Is(err, edge.ErrUnnamed):
			return cfg, err
		}
		if text := err.Error(); text != told {
			s.log.Warn("this node waits: enrol it with siaga-edge enroll TOKEN, and find its sensors with siaga-edge scan --write", "for", text)
			told = text
		}
		if !s.steady(ctx) {
			return cfg, nil
		}
	}
}

// steady waits until the node's own file has stayed the same between two looks: an
// editor may write it in steps. It returns false when ctx ends.
func (s *Station) steady(ctx context.Context) bool {
	for before := textOf(s.opt.File); ; {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollEvery):
		}
		now := textOf(s.opt.File)
		if bytes.Equal(now, before) {
			return true
		}
		before = now
	}
}

func enrolled(cfg edge.Config) bool {
	_, err := enrol.Open(cfg.DataDir).Load()
	return err == nil
}

// watch makes the agent start again when the node's own file was changed, is steady,
// and is valid.
func (s *Station) watch(ctx context.Context, last []byte, again func(error)) {
	for s.steady(ctx) {
		now := textOf(s.opt.File)
		if bytes.Equal(now, last) {
			continue
		}
		last = now
		f, err := readFile(s.opt.File)
		if err == nil && !f.there {
			err = fs.ErrNotExist
		}
		if err == nil {
			err = f.valid(f.body)
		}
		if err != nil {
			s.log.Error("the node's file was changed and is not taken: what was in force stays", "err", err)
			continue
		}
		again(errors.New("the configuration was changed at the node"))
		return
	}
}

// textOf is a file's, nil where it cannot be read.
func textOf(path string) []byte {
	b, _ := os.ReadFile(path) // what is wrong is said when it is taken
	return b
}
