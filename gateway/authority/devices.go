package authority

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
)

// Why a device is not let in.
var (
	// ErrPassword tells that there is no device of that name and password, or that
	// it is disabled.
	ErrPassword = errors.New("name or password is wrong")
	// ErrBusy tells that too many passwords are being looked at: it may try again.
	ErrBusy = errors.New("too many passwords to look at")
	// ErrWeak tells that a chosen password is too short or too long.
	ErrWeak = fmt.Errorf("a password has %d to %d bytes", minPassword, maxPassword)
)

const (
	// minPassword is NIST SP 800-63B-4 §3.1.1.2's for a password that is all there
	// is; maxPassword keeps the work of hashing to itself.
	minPassword, maxPassword = 15, 256
	// slowPerSecond and slowBurst bound the passwords that cost work: each takes
	// tens of milliseconds of a processor.
	slowPerSecond, slowBurst = 10, 20
	// maxVerified bounds the names whose password is remembered to be right: more
	// than the broker takes clients.
	maxVerified = 20_000
)

// devices checks passwords of devices.
type devices struct {
	registry *registry.Registry
	cost     password.Cost
	now      func() time.Time
	key      [32]byte // of this process alone
	vain     attempts

	mu       sync.Mutex
	slow     bucket
	verified map[string][32]byte // by name: keyed digest of stored hash and password
}

func (d *devices) init(opt Options) {
	d.registry, d.cost, d.now = opt.Registry, cmp.Or(opt.Cost, password.Default), opt.Now
	d.verified = make(map[string][32]byte)
	_, _ = rand.Read(d.key[:]) // never fails
}

// CheckDevice returns the device of that name, where the password is its own, for
// somebody at address, who has only so many attempts in vain.
// What the center has made up itself is checked in microseconds, and so is a
// password that was right before; any other costs tens of milliseconds, as does
// every wrong one and every name that there is not, so that the time tells
// nothing. Errors: ErrPassword, ErrBusy.
func (a *Authority) CheckDevice(ctx context.Context, name, pass, address string) (registry.Device, error) {
	dev, err := a.devices.check(ctx, name, pass, address)
	if err != nil {
		return registry.Device{}, fmt.Errorf("check device %.64q: %w", name, err)
	}
	dev.Password = ""
	return dev, nil
}

func (d *devices) check(ctx context.Context, name, pass, address string) (registry.Device, error) {
	if len(pass) > maxPassword {
		return registry.Device{}, ErrPassword
	}
	dev, err := d.registry.Device(ctx, name)
	known := err == nil && !dev.Disabled
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		return dev, err
	}
	digest := d.digest(dev.Password, pass)
	if known && d.remembers(name, digest) {
		return dev, nil
	}
	quick := password.Quick(dev.Password)
	if known && quick {
		if ok, err := password.Verify(dev.Password, pass); err != nil || ok {
			return dev, err
		}
	}
	if !d.vain.begin(address, d.now()) {
		return dev, ErrBusy
	}
	if !d.maySpend() {
		d.vain.succeeded(address) // it is others' fault
		return dev, ErrBusy
	}
	ok := false
	if !known || quick {
		err = d.cost.Spend(pass)
	} else {
		ok, err = password.Verify(dev.Password, pass)
	}
	if errors.Is(err, password.ErrBusy) {
		d.vain.succeeded(address) // it is others' fault
		return dev, ErrBusy
	}
	if err != nil {
		return dev, err
	}
	if !ok {
		return dev, ErrPassword
	}
	d.vain.succeeded(address)
	d.remember(name, digest)
	return dev, nil
}

// maySpend says whether another password may be looked at that costs work.
func (d *devices) maySpend() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.slow.take(d.now(), slowBurst, time.Second/slowPerSecond)
}

func (d *devices) digest(stored, pass string) [32]byte {
	h := hmac.New(sha256.New, d.key[:])
	fmt.Fprintf(h, "%d:%s%s", len(stored), stored, pass)
	return [32]byte(h.Sum(nil))
}

func (d *devices) remembers(name string, digest [32]byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.verified[name]
	return ok && hmac.Equal(known[:], digest[:])
}

func (d *devices) remember(name string, digest [32]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.verified[name]; !known && len(d.verified) >= maxVerified {
		for other := range d.verified { // any: it costs its work once more
			delete(d.verified, other)
			break
		}
	}
	d.verified[name] = digest
}

// AddDevice adds a device. chosen is its password, "" for one that is made up,
// which is returned and never told again. Errors: ErrWeak, and those of
// registry.AddDevice.
func (a *Authority) AddDevice(ctx context.Context, by registry.Actor, dev registry.Device, chosen string) (made string, err error) {
	if err := dev.Validate(); err != nil {
		return "", fmt.Errorf("add device: %w: %w", registry.ErrInvalid, err)
	}
	if made, dev.Password, err = a.devices.hashed(chosen); err != nil {
		return "", fmt.Errorf("add device: %w", err)
	}
	return made, a.opt.Registry.AddDevice(ctx, by, dev)
}

// DeviceChange is what is to be different of a device; what is nil or "" stays.
type DeviceChange struct {
	Publish, Subscribe *[]string
	Disabled           *bool
	// Password is a chosen one; NewPassword wants one that is made up.
	Password    string
	NewPassword bool
}

// SetDevice changes a device, and returns it with the password that was made up.
// Live sessions are the caller's to end. Errors: ErrWeak, and those of
// registry.SetDevice.
func (a *Authority) SetDevice(ctx context.Context, by registry.Actor, name string, change DeviceChange) (dev registry.Device, made string, err error) {
	var stored string
	if change.NewPassword || change.Password != "" {
		if made, stored, err = a.devices.hashed(change.Password); err != nil {
			return dev, "", fmt.Errorf("set device: %w", err)
		}
	}
	dev, err = a.opt.Registry.SetDevice(ctx, by, name, func(d *registry.Device) {
		if change.Publish != nil {
			d.Publish = *change.Publish
		}
		if change.Subscribe != nil {
			d.Subscribe = *change.Subscribe
		}
		if change.Disabled != nil {
			d.Disabled = *change.Disabled
		}
		if stored != "" {
			d.Password = stored
		}
	})
	return dev, made, err
}

func (d *devices) hashed(chosen string) (made, stored string, err error) {
	if chosen == "" {
		made, stored = password.Random()
		return made, stored, nil
	}
	if len(chosen) < minPassword || len(chosen) > maxPassword {
		return "", "", ErrWeak
	}
	stored, err = d.cost.Hash(chosen)
	return "", stored, err
}
