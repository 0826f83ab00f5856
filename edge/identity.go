package edge

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/internal/spool"
)

// identity is what makes this node's sequence numbers its own. It stands in
// identity.json of the data directory, replaced as a whole and fsynced.
type identity struct {
	Node string `json:"node"`
	// Epoch is a random name for a run of sequence numbers whose continuity can
	// be proved.
	Epoch string `json:"epoch"`
	// Board tells the machine that made the epoch: a card that is moved to
	// another board, or copied, must not go on counting there.
	Board string `json:"board"`
	// Held: packs of this epoch may have been only in memory when the program
	// ended. Their sequence numbers may have been seen, and must not come again.
	Held bool `json:"held,omitempty"`
	// Boots are those in which this card ran, in their order, from the oldest that
	// has packs in the queue on.
	Boots []string `json:"boots,omitempty"`
	// Carried are the packs of epochs before that were taken along into this one.
	Carried []carried `json:"carried,omitempty"`
}

const identityFile = "identity.json"

// loadIdentity reads dir's identity, or makes a new one where continuity with
// the queue cannot be proved: none was there, the board is another, the queue or
// what was only in memory was lost. why says so, "" when it goes on. boots are
// those of the queue. hold says that from now on packs may be only in memory.
func loadIdentity(dir, node, board string, disk *spool.Spool, boots []bootSpan, hold bool) (id identity, why string, err error) {
	waiting := disk.Stats().Records
	b, err := os.ReadFile(filepath.Join(dir, identityFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "first start"
	case err != nil:
		return identity{}, "", fmt.Errorf("read identity: %w", err)
	default:
		if err := json.Unmarshal(b, &id); err != nil || !validEpoch(id.Epoch) {
			why, id = "the identity file was damaged", identity{}
			break
		}
		if id.Node != node && waiting > 0 {
			return identity{}, "", fmt.Errorf("data_dir: %s holds %d packs of node %q that the center has not acknowledged: let that node send them, or give %q a directory of its own", dir, waiting, id.Node, node)
		}
		switch {
		case id.Node != node:
			why = "the node has another name"
		case id.Board != board:
			why = "the card is in another board"
		case disk.Next() == 1:
			why = "the queue is new"
		case id.Held:
			why = "the program ended without warning, and packs were only in memory"
		}
	}
	ran := id.ranIn(node, boots)
	if why == "" && !hold && slices.Equal(ran, id.Boots) {
		return id, "", nil
	}
	id.Boots = ran
	if why != "" {
		id = identity{Node: node, Epoch: newEpoch(), Board: board, Boots: ran, Carried: id.carryAtStart(node, disk, boots)}
	}
	id.Held = hold
	return id, why, id.store(dir)
}

func (id identity) store(dir string) error {
	b, err := json.Marshal(id)
	if err != nil {
		return fmt.Errorf("encode identity: %w", err)
	}
	if err := writeDurably(filepath.Join(dir, identityFile), b); err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	return nil
}

// newEpoch returns 12 characters of base 32: 60 random bits.
func newEpoch() string {
	return strings.ToLower(rand.Text()[:12])
}

func validEpoch(s string) bool {
	if len(s) < 1 || len(s) > 32 {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// boardID names the machine by its device tree's serial number, which every
// Raspberry Pi has; "" where there is none.
func boardID() string {
	b, err := os.ReadFile("/sys/firmware/devicetree/base/serial-number")
	if err != nil {
		return ""
	}
	return strings.Trim(string(b), "\x00 \n")
}

// writeDurably replaces path as a whole: after a power cut either the old or
// the new content stands there.
func writeDurably(path string, b []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return syncDir(filepath.Dir(path))
}
