package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	ledgerFile    = "configuration.json"
	lockFile      = ".lock"
	ledgerFormat  = 1
	maxLedgerFile = 2 << 20
)

// version is one version with its body.
type version struct {
	wire.ConfigChange
	Body wire.ConfigBody `json:"body"`
}

// trial is a version from the center that may be given back.
type trial struct {
	// Desired is its number, and Body its body; what is in force may be newer, where
	// somebody changed something at the node meanwhile.
	Desired uint64          `json:"desired"`
	Body    wire.ConfigBody `json:"body"`
	// Before is what comes back.
	Before version `json:"before"`
	// Starts counts those of the agent since it came in force.
	Starts int `json:"starts"`
}

// ledger is what a node keeps of its configuration. Its bodies are never changed,
// only replaced.
type ledger struct {
	Current version `json:"current"`
	// Seen is what the node's own file said when it was last taken in.
	Seen wire.ConfigBody `json:"seen"`
	// Corrections is the newest change of the corrections that was taken in.
	Corrections int                 `json:"corrections"`
	Desired     *wire.ConfigOutcome `json:"desired,omitempty"`
	Trial       *trial              `json:"trial,omitempty"`
	Changes     []wire.ConfigChange `json:"changes,omitempty"`
}

// ledgerText is the file. CRC is over Content, CRC-32C.
type ledgerText struct {
	Format  int             `json:"format"`
	CRC     uint32          `json:"crc32c"`
	Content json.RawMessage `json:"content"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged: the file is there and says nothing that could be believed.
var errDamaged = errors.New("it is damaged")

// readLedger returns nil where there is no file.
func readLedger(d wholefile.Disk) (*ledger, error) {
	b, err := d.Read(ledgerFile, maxLedgerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ledgerFile, err)
	}
	l, err := parseLedger(b)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w: %w", ledgerFile, errDamaged, err)
	}
	return l, nil
}

func parseLedger(b []byte) (*ledger, error) {
	var text ledgerText
	if err := json.Unmarshal(b, &text); err != nil {
		return nil, err
	}
	if text.Format != ledgerFormat {
		return nil, fmt.Errorf("format %d is not %d", text.Format, ledgerFormat)
	}
	if crc32.Checksum(text.Content, castagnoli) != text.CRC {
		return nil, errors.New("its checksum is another")
	}
	l := new(ledger)
	if err := json.Unmarshal(text.Content, l); err != nil {
		return nil, err
	}
	return l, nil
}

// store makes l durable, or leaves what was there.
func (l *ledger) store(d wholefile.Disk) error {
	content, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode %s: %w", ledgerFile, err)
	}
	b, err := json.Marshal(ledgerText{ledgerFormat, crc32.Checksum(content, castagnoli), content})
	if err != nil {
		return fmt.Errorf("encode %s: %w", ledgerFile, err)
	}
	if err := wholefile.Replace(d, ledgerFile, b); err != nil {
		return fmt.Errorf("write %s: %w", ledgerFile, err)
	}
	return nil
}

// newest is the greatest number of which this node knows.
func (l *ledger) newest() uint64 {
	n := l.Current.Version
	if l.Desired != nil {
		n = max(n, l.Desired.Version)
	}
	return n
}

// follow puts v in force after what is in force now.
func (l *ledger) follow(v version) {
	if l.Current.Version > 0 {
		l.Changes = append(l.Changes[:len(l.Changes):len(l.Changes)], l.Current.ConfigChange)
		l.Changes = l.Changes[max(0, len(l.Changes)-wire.MaxConfigChanges):]
	}
	l.Current = v
}

// change puts a body in force that was made at the node.
func (l *ledger) change(body wire.ConfigBody, author, reason string, atMS int64) {
	l.follow(version{wire.ConfigChange{
		Version: l.newest() + 1, Based: l.Current.Version, Origin: wire.FromNode, Author: author, Reason: reason, TimeMS: atMS,
	}, body})
}

// next is what is in force once a file that says so is taken in: what was changed
// in it, on what is in force. valid says whether a body can be run with; where both
// together cannot, the file alone counts.
func (l *ledger) next(file wire.ConfigBody, valid func(wire.ConfigBody) error) wire.ConfigBody {
	if l.Current.Version == 0 {
		return file
	}
	if both := merge(l.Seen, file, l.Current.Body); valid(both) == nil {
		return both
	}
	return file
}

// giveBack ends a trial with the version before.
func (l *ledger) giveBack(why string, atMS int64, valid func(wire.ConfigBody) error) {
	t := l.Trial
	l.Trial = nil
	l.Desired = &wire.ConfigOutcome{Version: t.Desired, State: wire.Failed, Detail: "given back: " + why}
	if l.Current.Version == t.Desired && l.Current.Origin == wire.FromCenter {
		l.Changes = append(l.Changes[:len(l.Changes):len(l.Changes)], l.Current.ConfigChange)
		l.Changes = l.Changes[max(0, len(l.Changes)-wire.MaxConfigChanges):]
		l.Current = t.Before
		return
	}
	// Somebody has changed something at the node since, which stays.
	body := merge(t.Body, l.Current.Body, t.Before.Body)
	if valid(body) != nil {
		body = t.Before.Body
	}
	l.change(body, "siaga-edge", fmt.Sprintf("version %d was given back", t.Desired), atMS)
}
