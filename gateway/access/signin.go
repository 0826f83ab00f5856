package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
)

// ErrWrong tells that account and password do not belong together, or may not
// sign in; which of these is nobody's business.
var ErrWrong = errors.New("account or password is wrong")

// ErrSetup tells that a set-up link is wrong, used, too old, or not needed.
var ErrSetup = errors.New("this link is not good any more: `siaga up` makes a new one when it starts while there is no admin")

// ThrottledError tells that somebody was wrong too often.
type ThrottledError struct {
	// After is when to try again, in whole seconds.
	After time.Duration
}

// Error says how long to wait.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many attempts: try again in %v", e.After)
}

// UnfitError tells why a password may not be one, or a name not a name.
type UnfitError struct {
	// ID and EN say it in Indonesian and in English.
	ID, EN string
}

// Error says it in English.
func (e *UnfitError) Error() string { return e.EN }

// Signed is a session that has just begun.
type Signed struct {
	// Secret goes into the cookie, and nowhere else.
	Secret  string
	Account registry.Account
	Expires time.Time
}

// setupValid is how long a set-up link is good.
const setupValid = 24 * time.Hour

// SignIn begins a session. Its secret is always a new one: what by showed before
// is over. It takes as long for accounts that there are not. Errors: ErrWrong,
// *ThrottledError, password.ErrBusy, or the registry's.
func (a *Access) SignIn(ctx context.Context, by Identity, account, word string) (Signed, error) {
	familiar := a.known.has(account, by.Address)
	wait, undo := a.throttle.take(account, by.Address, familiar)
	if wait > 0 {
		if a.told.take("sign-in "+network(by.Address)) == 0 {
			a.refuse(ctx, by, "", "too many attempts")
		}
		return Signed{}, &ThrottledError{wait}
	}
	if !familiar {
		select {
		case a.newcomers <- struct{}{}:
			defer func() { <-a.newcomers }()
		default:
			undo()
			return Signed{}, password.ErrBusy
		}
	}
	found, hash, err := a.opt.Registry.Account(ctx, account)
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		undo()
		return Signed{}, err
	}
	unknown := err != nil
	right := false
	if unknown || hash == "" {
		err = a.opt.Cost.Spend(word)
	} else {
		right, err = password.Verify(hash, word)
	}
	if err != nil {
		undo() // nobody has learnt anything
		return Signed{}, fmt.Errorf("sign in: %w", err)
	}
	switch {
	case unknown:
		// The name is not written down: people type passwords there.
		a.refuse(ctx, by, "", "no such account")
		return Signed{}, ErrWrong
	case !right:
		a.refuse(ctx, by, found.Name, "wrong password")
		return Signed{}, ErrWrong
	case found.Disabled:
		a.refuse(ctx, by, found.Name, "disabled account")
		return Signed{}, ErrWrong
	}
	undo()
	return a.begin(ctx, by, found)
}

// begin begins a session and ends the one that by has.
func (a *Access) begin(ctx context.Context, by Identity, account registry.Account) (Signed, error) {
	s := Signed{Secret: newSecret(), Account: account, Expires: a.opt.Now().Add(sessionWhole)}
	actor := registry.Actor{Name: account.Name, Address: by.Address}
	err := a.opt.Registry.AddSession(ctx, actor, digest(s.Secret), account.Name, account.Changed, s.Expires, by.Session)
	if errors.Is(err, registry.ErrNotFound) {
		err = ErrWrong // it changed this very moment
	}
	if err != nil {
		return Signed{}, err
	}
	a.known.add(account.Name, by.Address)
	return s, nil
}

func (a *Access) refuse(ctx context.Context, by Identity, account, why string) {
	object := ""
	if account != "" {
		object = "account:" + account
	}
	a.opt.Logger.Warn("sign-in refused", "address", by.Address, "account", account, "why", why)
	a.record(ctx, registry.Actor{Name: string(Anonymous), Address: by.Address}, "sign-in", object, why)
}

// SignOut ends the session of whoever has one.
func (a *Access) SignOut(ctx context.Context, by Identity) error {
	if by.Session == nil {
		return nil
	}
	return a.opt.Registry.EndSession(ctx, by.Actor, *by.Session)
}

// ChangePassword sets the password of a Person who knows the old one, ends all
// his sessions and begins a new one. Errors: ErrWrong, *ThrottledError,
// *UnfitError, password.ErrBusy, or the registry's.
func (a *Access) ChangePassword(ctx context.Context, by Identity, old, word string) (Signed, error) {
	if err := checkPassword(by.Name, word); err != nil {
		return Signed{}, err
	}
	wait, undo := a.throttle.take(by.Name, by.Address, a.known.has(by.Name, by.Address))
	if wait > 0 {
		return Signed{}, &ThrottledError{wait}
	}
	_, hash, err := a.opt.Registry.Account(ctx, by.Name)
	if err != nil {
		undo()
		return Signed{}, err
	}
	right, err := password.Verify(hash, old)
	if err != nil {
		undo()
		return Signed{}, fmt.Errorf("account %s: %w", by.Name, err)
	}
	if !right {
		a.record(ctx, by.Actor, "account.set", "account:"+by.Name, "wrong password")
		return Signed{}, ErrWrong
	}
	undo()
	next, err := a.opt.Cost.Hash(word)
	if err != nil {
		return Signed{}, err
	}
	account, err := a.opt.Registry.SetAccount(ctx, by.Actor, by.Name, registry.AccountChange{Password: &next})
	if err != nil {
		return Signed{}, err
	}
	return a.begin(ctx, by, account)
}

// OpenSetup returns the secret of a new set-up link, good for 24 hours and once;
// "" while there is an admin. Links of before are over.
func (a *Access) OpenSetup(ctx context.Context) (string, error) {
	secret := newSecret()
	open, err := a.opt.Registry.OpenSetup(ctx, digest(secret), a.opt.Now().Add(setupValid))
	if err != nil || !open {
		return "", err
	}
	return secret, nil
}

// SetupIsOpen reports whether a set-up link can still make the first admin: it was
// not used, is not too old, and no other way has made one.
func (a *Access) SetupIsOpen(ctx context.Context, secret string) (bool, error) {
	if admin, err := a.opt.Registry.HasAdmin(ctx); err != nil || admin {
		return false, err
	}
	return a.opt.Registry.IsSetup(ctx, digest(secret))
}

// SetUp makes the first admin by a set-up link, and signs him in. Errors:
// ErrSetup, *ThrottledError, *UnfitError, password.ErrBusy, registry.ErrExists, or
// the registry's.
func (a *Access) SetUp(ctx context.Context, by Identity, secret, account, word string) (Signed, error) {
	if wait := a.throttle.addresses.take(network(by.Address)); wait > 0 {
		return Signed{}, &ThrottledError{wait}
	}
	good, err := a.opt.Registry.IsSetup(ctx, digest(secret))
	if err != nil {
		return Signed{}, err
	}
	if !good {
		a.record(ctx, registry.Actor{Name: string(Anonymous), Address: by.Address}, "set-up", "", "wrong or old link")
		return Signed{}, ErrSetup
	}
	a.throttle.addresses.giveBack(network(by.Address))
	if err := checkAccount(account, word); err != nil {
		return Signed{}, err
	}
	hash, err := a.opt.Cost.Hash(word)
	if err != nil {
		return Signed{}, err
	}
	actor := registry.Actor{Name: account, Address: by.Address}
	err = a.opt.Registry.SetUp(ctx, actor, digest(secret), account, hash)
	if errors.Is(err, registry.ErrNotFound) {
		err = ErrSetup
	}
	if err != nil {
		return Signed{}, err
	}
	made, _, err := a.opt.Registry.Account(ctx, account)
	if err != nil {
		return Signed{}, err
	}
	return a.begin(ctx, by, made)
}

// Cookie is the session's, as a browser is to keep it; secure where it is to go
// over TLS alone. No secret takes the cookie away.
func Cookie(secret string, secure bool) *http.Cookie {
	c := &http.Cookie{
		Name: CookieName, Value: secret, Path: "/", MaxAge: int(sessionWhole / time.Second),
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

const (
	// minPassword is in characters, maxPassword in bytes: NIST SP 800-63B §5.1.1.2
	// wants 8 at least and 64 to be possible.
	minPassword = 10
	maxPassword = 256
)

func checkPassword(account, word string) error {
	switch {
	case !utf8.ValidString(word):
		return &UnfitError{"kata sandi bukan teks UTF-8", "the password is not UTF-8 text"}
	case utf8.RuneCountInString(word) < minPassword:
		return &UnfitError{
			fmt.Sprintf("kata sandi terlalu pendek: paling sedikit %d karakter", minPassword),
			fmt.Sprintf("the password is too short: want %d characters or more", minPassword),
		}
	case len(word) > maxPassword:
		return &UnfitError{
			fmt.Sprintf("kata sandi terlalu panjang: paling banyak %d byte", maxPassword),
			fmt.Sprintf("the password is too long: want %d bytes at most", maxPassword),
		}
	case strings.EqualFold(word, account):
		return &UnfitError{"kata sandi sama dengan nama akun", "the password is the account's name"}
	}
	return nil
}
