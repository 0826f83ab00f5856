package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

// Access is what whoever asks may do.
type Access string

// What a page may do: change, change once the PIN is given, only show.
const (
	AccessOpen   Access = "open"
	AccessLocked Access = "locked"
	AccessView   Access = "view"
)

const (
	cookieName = "siaga_session"
	// sessionLife is how long a PIN holds: for the work of a visit.
	sessionLife = time.Hour
	// maxSessions bounds them; where there are more, the oldest ends.
	maxSessions = 8
)

// door lets those in who have given the PIN. It may be used concurrently.
type door struct {
	pin *PIN // nil: nobody gets in

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]time.Time // the digest of a token, and when it ends
}

func newDoor(p *PIN) *door {
	return &door{pin: p, sessions: map[[sha256.Size]byte]time.Time{}}
}

// access says what the sender of r may do.
func (d *door) access(r *http.Request) Access {
	if d.pin == nil {
		return AccessView
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return AccessLocked
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if ends, ok := d.sessions[sha256.Sum256([]byte(cookie.Value))]; !ok || !time.Now().Before(ends) {
		return AccessLocked
	}
	return AccessOpen
}

// open begins a session and returns the cookie for it.
func (d *door) open() *http.Cookie {
	token := make([]byte, 32)
	rand.Read(token) //nolint:errcheck // it never fails
	text := base64.RawURLEncoding.EncodeToString(token)
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.sessions) >= maxSessions {
		d.dropOldest()
	}
	d.sessions[sha256.Sum256([]byte(text))] = time.Now().Add(sessionLife)
	return sessionCookie(text, int(sessionLife.Seconds()))
}

func (d *door) dropOldest() {
	var oldest [sha256.Size]byte
	var ends time.Time
	for key, e := range d.sessions {
		if ends.IsZero() || e.Before(ends) {
			oldest, ends = key, e
		}
	}
	delete(d.sessions, oldest)
}

// shut ends the session of r's sender and returns the cookie that says so.
func (d *door) shut(r *http.Request) *http.Cookie {
	if cookie, err := r.Cookie(cookieName); err == nil {
		d.mu.Lock()
		delete(d.sessions, sha256.Sum256([]byte(cookie.Value)))
		d.mu.Unlock()
	}
	return sessionCookie("", -1)
}

// sessionCookie is not marked Secure: the page is plain HTTP.
func sessionCookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}
