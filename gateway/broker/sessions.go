package broker

import (
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// sessions are those of accounts, by name and client id. A node has one, since it
// has one client id; an account could have as many as it makes up, until there is
// no room for nodes, or no memory for what waits for clients that are away.
type sessions struct {
	mu sync.Mutex
	of map[string]map[string]struct{}
}

// maxSessions bounds those of one account, connected or kept.
const maxSessions = 64

// add remembers that an account has a session of that client id. It returns false
// where it has too many others.
func (s *sessions) add(account, id string, clients *mqtt.Clients) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.of[account]
	if _, known := own[id]; known {
		return true
	}
	if len(own) >= maxSessions {
		for other := range own {
			if _, there := clients.Get(other); !there {
				delete(own, other)
			}
		}
	}
	if len(own) >= maxSessions {
		return false
	}
	if own == nil {
		if s.of == nil {
			s.of = make(map[string]map[string]struct{})
		}
		own = make(map[string]struct{})
		s.of[account] = own
	}
	own[id] = struct{}{}
	return true
}
