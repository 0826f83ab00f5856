package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/siaga-id/siaga/gateway/registry"
)

const (
	// maxKnown bounds what is remembered of an account; the oldest goes first, and
	// nobody but who has its password can push one out.
	maxKnown = 32
	// recalled is how many sign-ins of the audit log are looked at when the center
	// starts.
	recalled = 2000
)

// known is from where people have signed in to which account. It outlives the
// program in the audit log.
type known struct {
	mu       sync.Mutex
	networks map[string][]string // by account, in lower case; the last sign-in is the last
}

// recall returns what the audit log still tells.
func recall(ctx context.Context, reg *registry.Registry) (*known, error) {
	refused := false
	log, err := reg.Audit(ctx, registry.AuditFilter{Action: "sign-in", Refused: &refused, Limit: recalled})
	if err != nil {
		return nil, fmt.Errorf("recall sign-ins: %w", err)
	}
	k := &known{networks: make(map[string][]string)}
	for _, e := range slices.Backward(log) {
		k.add(e.Name, e.Address)
	}
	return k, nil
}

// add notes that somebody has signed in.
func (k *known) add(account, address string) {
	account, address = strings.ToLower(account), network(address)
	k.mu.Lock()
	defer k.mu.Unlock()
	all := slices.DeleteFunc(k.networks[account], func(one string) bool { return one == address })
	all = append(all, address)
	k.networks[account] = all[max(0, len(all)-maxKnown):]
}

// has reports whether somebody has signed in to an account from there.
func (k *known) has(account, address string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Contains(k.networks[strings.ToLower(account)], network(address))
}
