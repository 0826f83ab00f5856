package minute

import (
	"context"
	"sync"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

// Registry is a registry whose nodes are looked at once for all who write the same
// minute. It may be used concurrently.
type Registry struct {
	*registry.Registry

	mu   sync.Mutex // held while nodes are read; guards what follows
	at   time.Time  // when they were
	kept []registry.Node
}

// NewRegistry returns a Registry that has looked at no nodes.
func NewRegistry(r *registry.Registry) *Registry { return &Registry{Registry: r} }

// Present reads all nodes, by id, and says as of when. Nobody may change them.
func (r *Registry) Present(ctx context.Context) ([]registry.Node, time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.present(ctx)
}

// Nodes returns all nodes, by id, as they were when somebody looked last, if that was
// in the present minute; else it looks. Nobody may change them.
func (r *Registry) Nodes(ctx context.Context) ([]registry.Node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept != nil && r.at.Truncate(time.Minute).Equal(time.Now().Truncate(time.Minute)) {
		return r.kept, nil
	}
	all, _, err := r.present(ctx)
	return all, err
}

// present is Present. The caller holds mu.
func (r *Registry) present(ctx context.Context) ([]registry.Node, time.Time, error) {
	at := time.Now()
	all, err := r.Registry.Nodes(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	r.at, r.kept = at, all
	return all, at, nil
}
