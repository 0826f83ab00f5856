package access

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

// AccountPattern is what accounts' names look like. There is no colon: token:…
// and node:… are not people.
const AccountPattern = `^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`

var accountName = regexp.MustCompile(AccountPattern)

// reserved are the names of actors that are nobody's account.
var reserved = []string{"system", string(Anonymous), "node", "token"}

func checkName(name string) error {
	if !accountName.MatchString(name) {
		return &UnfitError{
			"itu bukan nama akun: pakai huruf, angka, . _ @ dan -, paling panjang 64, diawali huruf atau angka",
			"that is no account name: want letters, digits, . _ @ and -, up to 64, the first a letter or digit",
		}
	}
	if slices.Contains(reserved, strings.ToLower(name)) {
		return &UnfitError{
			fmt.Sprintf("%q bukan nama orang: di log audit artinya lain", name),
			fmt.Sprintf("%q is nobody's name: it stands for something else in the audit log", name),
		}
	}
	return nil
}

func checkAccount(name, word string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return checkPassword(name, word)
}

// AddAccount makes an account. Errors: *UnfitError, password.ErrBusy,
// registry.ErrExists.
func (a *Access) AddAccount(ctx context.Context, by Identity, name string, role Role, word string) error {
	if err := checkAccount(name, word); err != nil {
		return err
	}
	hash, err := a.opt.Cost.Hash(word)
	if err != nil {
		return err
	}
	return a.opt.Registry.AddAccount(ctx, by.Actor, name, role.String(), hash)
}

// Change is what is to change of an account; nil stays as it is.
type Change struct {
	Role     *Role
	Disabled *bool
	Password *string
}

// SetAccount changes an account. Errors: *UnfitError, password.ErrBusy,
// registry.ErrNotFound, registry.ErrLastAdmin.
func (a *Access) SetAccount(ctx context.Context, by Identity, name string, c Change) (registry.Account, error) {
	change := registry.AccountChange{Disabled: c.Disabled}
	if c.Role != nil {
		role := c.Role.String()
		change.Role = &role
	}
	if c.Password != nil {
		if err := checkPassword(name, *c.Password); err != nil {
			return registry.Account{}, err
		}
		hash, err := a.opt.Cost.Hash(*c.Password)
		if err != nil {
			return registry.Account{}, err
		}
		change.Password = &hash
	}
	return a.opt.Registry.SetAccount(ctx, by.Actor, name, change)
}

// AddToken makes an access token and returns its text, which is kept nowhere.
// expires zero is never. Errors: registry.ErrTooManyAccessTokens.
func (a *Access) AddToken(ctx context.Context, by Identity, name string, scope Role, expires time.Time) (string, registry.AccessToken, error) {
	for {
		id := newTokenID()
		text := NewToken(id)
		t, err := a.opt.Registry.AddAccessToken(ctx, by.Actor, registry.AccessToken{ID: id, Name: name, Scope: scope.String(), Expires: expires}, digest(text))
		if errors.Is(err, registry.ErrExists) {
			continue // once in 2^40
		}
		if err != nil {
			return "", registry.AccessToken{}, err
		}
		return text, t, nil
	}
}
