package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	doneFile    = "commands.json"
	maxDone     = 64
	maxDoneFile = 256 << 10
)

// done remembers commands, so that one that comes again is not done again, also
// after a restart.
type done struct {
	disk wholefile.Disk

	mu   sync.Mutex
	list []doneCommand // the oldest first
}

type doneCommand struct {
	ID string `json:"id"`
	// Restarts is true from the moment that the command was taken until the agent
	// has started again.
	Restarts  bool  `json:"restarts,omitempty"`
	ExpiresMS int64 `json:"expires_ms,omitempty"`
	// answer is nil where it was given by a program that has ended.
	answer *wire.Answer
}

// openDone reads the file. One that cannot be read is as none: the worst is a
// command that is done twice.
func openDone(d wholefile.Disk) (*done, error) {
	b, err := d.Read(doneFile, maxDoneFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &done{disk: d}, nil
	}
	r := &done{disk: d}
	if err == nil {
		err = json.Unmarshal(b, &r.list)
	}
	if err != nil {
		r.list = nil
		return r, fmt.Errorf("read %s: %w", doneFile, err)
	}
	return r, nil
}

// take notes that a command is about to be done. again is its answer where it was
// taken before. The error is the disk's: it is not to be done then.
func (r *done) take(c wire.Command) (again *wire.Answer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.list {
		switch {
		case d.ID != c.ID:
		case d.answer != nil:
			return d.answer, nil
		default:
			return &wire.Answer{ID: c.ID, State: wire.Undone, Detail: "it was taken before, and the program has been started again since"}, nil
		}
	}
	list := append(r.list[max(0, len(r.list)-maxDone+1):len(r.list):len(r.list)],
		doneCommand{ID: c.ID, Restarts: c.Name == wire.CommandRestart, ExpiresMS: c.ExpiresMS})
	if err := r.store(list); err != nil {
		return nil, err
	}
	return nil, nil
}

func (r *done) store(list []doneCommand) error {
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode %s: %w", doneFile, err)
	}
	if err := wholefile.Replace(r.disk, doneFile, b); err != nil {
		return fmt.Errorf("write %s: %w", doneFile, err)
	}
	r.list = list
	return nil
}

// answered keeps the answer for whoever asks again. A log is not worth the memory.
func (r *done) answered(a wire.Answer) {
	a.Log = ""
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.list {
		if r.list[i].ID == a.ID {
			r.list[i].answer = &a
		}
	}
}

// restarted returns the restarts that are done now.
func (r *done) restarted() (all []doneCommand, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := append([]doneCommand(nil), r.list...)
	for i := range list {
		if list[i].Restarts {
			all = append(all, list[i])
			list[i].Restarts = false
		}
	}
	if all == nil {
		return nil, nil
	}
	return all, r.store(list)
}
