package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siaga-id/siaga/internal/reading"
)

// DeviceRole is what kind of rights a device has at the broker.
type DeviceRole string

// The roles of devices.
const (
	// PlainDevice is another maker's device or program: it has the rights that its
	// topic filters say.
	PlainDevice DeviceRole = "device"
	// IngesterDevice is an ingester on another machine. Its rights are known; its
	// name is the ingester's.
	IngesterDevice DeviceRole = "ingester"
)

// Device is who signs in to the broker by name and password.
type Device struct {
	Name string
	Role DeviceRole
	// Publish and Subscribe are topic filters of what a PlainDevice may do.
	Publish, Subscribe []string
	Created            time.Time
	Disabled           bool
	// Password is a hash in PHC string format. It is never in lists.
	Password string
}

// ErrExists tells that something of that name is there already.
var ErrExists = errors.New("exists already")

// ErrTooManyDevices tells that there is room for no more.
var ErrTooManyDevices = errors.New("too many devices")

const (
	maxDevices    = 20_000
	maxFilters    = 32  // of one device, each of publish and subscribe
	maxFilterLen  = 256 // bytes
	maxDeviceName = 64
)

// Validate returns what is wrong with the device, without its password.
func (d *Device) Validate() error {
	if !validDeviceName(d.Name) {
		return fmt.Errorf("device name: want 1 to %d of A-Z, a-z, 0-9, ., _ and -, beginning with a letter or digit", maxDeviceName)
	}
	switch d.Role {
	case IngesterDevice:
		if !reading.ValidID(d.Name) {
			return errors.New("ingester's name: want 2 to 31 of a-z, 0-9 and -, not starting with -: the one in its configuration")
		}
		if len(d.Publish)+len(d.Subscribe) > 0 {
			return errors.New("an ingester takes no topic filters: its rights are known")
		}
		return nil
	case PlainDevice:
	default:
		return fmt.Errorf("role %q: want device or ingester", d.Role)
	}
	if len(d.Publish)+len(d.Subscribe) == 0 {
		return errors.New("a device without topic filters may do nothing: want at least one for publishing or subscribing")
	}
	for _, filters := range [][]string{d.Publish, d.Subscribe} {
		if len(filters) > maxFilters {
			return fmt.Errorf("%d topic filters: want at most %d", len(filters), maxFilters)
		}
		for _, f := range filters {
			if err := validFilter(f); err != nil {
				return fmt.Errorf("topic filter %.64q: %w", f, err)
			}
		}
	}
	return nil
}

func validDeviceName(s string) bool {
	if s == "" || len(s) > maxDeviceName {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && strings.IndexByte("._-", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// validFilter wants an MQTT topic filter (MQTT 3.1.1 §4.7) whose first level is
// said and is neither the center's own nor the broker's.
func validFilter(f string) error {
	if f == "" || len(f) > maxFilterLen || !utf8.ValidString(f) {
		return fmt.Errorf("want 1 to %d bytes of UTF-8", maxFilterLen)
	}
	for _, c := range f {
		if c < ' ' || c >= 0x7F && c < 0xA0 || c == utf8.RuneError {
			return errors.New("it holds a control character")
		}
	}
	levels := strings.Split(f, "/")
	for i, l := range levels {
		if l == "#" && i != len(levels)-1 || len(l) > 1 && strings.ContainsAny(l, "+#") {
			return errors.New("+ stands alone for a level, # alone for the last ones")
		}
	}
	switch first := levels[0]; {
	case first == "" || first == "+" || first == "#":
		return errors.New("its first level must be said, such as tambak/#: everything else would hold the nodes' topics too")
	case strings.HasPrefix(first, "$"):
		return errors.New("what begins with $ is the broker's own")
	case first == "siaga":
		return errors.New("siaga/… is the nodes' and the center's own")
	}
	return nil
}

// AddDevice adds a device, with its password hashed. Errors: ErrInvalid,
// ErrExists, ErrTooManyDevices.
func (r *Registry) AddDevice(ctx context.Context, by Actor, d Device) error {
	if err := d.Validate(); err != nil {
		return fmt.Errorf("add device: %w: %w", ErrInvalid, err)
	}
	err := r.update(ctx, "device", func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM devices`).Scan(&n); err != nil {
			return err
		}
		if n >= maxDevices {
			return fmt.Errorf("%w: %d", ErrTooManyDevices, n)
		}
		done, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO devices (name, password, role, publish, subscribe, created, disabled) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			d.Name, d.Password, d.Role, strings.Join(d.Publish, "\n"), strings.Join(d.Subscribe, "\n"), ms(r.opt.Now()), d.Disabled)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrExists)
		}
		return r.audit(ctx, tx, by, "device.add", "device:"+d.Name, nil, d.audited())
	})
	if err != nil {
		return fmt.Errorf("add device %s: %w", d.Name, err)
	}
	return nil
}

// SetDevice changes a device by what change does to it, but for its name and
// when it was made. Errors: ErrNotFound, ErrInvalid.
func (r *Registry) SetDevice(ctx context.Context, by Actor, name string, change func(*Device)) (d Device, err error) {
	err = r.update(ctx, "device", func(tx *sql.Tx) error {
		if d, err = scanDevice(tx.QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE name = ?`, name)); err != nil {
			return err
		}
		before := d.audited()
		old := d
		change(&d)
		d.Name, d.Created = old.Name, old.Created
		if err := d.Validate(); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE devices SET password = ?, role = ?, publish = ?, subscribe = ?, disabled = ? WHERE name = ?`,
			d.Password, d.Role, strings.Join(d.Publish, "\n"), strings.Join(d.Subscribe, "\n"), d.Disabled, name); err != nil {
			return err
		}
		after := d.audited()
		if d.Password != old.Password {
			after["password"] = "changed"
		}
		return r.audit(ctx, tx, by, "device.set", "device:"+name, before, after)
	})
	if err != nil {
		return Device{}, fmt.Errorf("set device %.64q: %w", name, err)
	}
	d.Password = ""
	return d, nil
}

// RemoveDevice removes a device, or returns ErrNotFound.
func (r *Registry) RemoveDevice(ctx context.Context, by Actor, name string) error {
	err := r.update(ctx, "device", func(tx *sql.Tx) error {
		d, err := scanDevice(tx.QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE name = ?`, name))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM devices WHERE name = ?`, name); err != nil {
			return err
		}
		return r.audit(ctx, tx, by, "device.remove", "device:"+name, d.audited(), nil)
	})
	if err != nil {
		return fmt.Errorf("remove device %.64q: %w", name, err)
	}
	return nil
}

// Devices returns all devices by name, without their passwords.
func (r *Registry) Devices(ctx context.Context) ([]Device, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+deviceColumns+` FROM devices ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	defer rows.Close()
	var all []Device
	for rows.Next() {
		d, err := scanDevice(rows)
		if err != nil {
			return nil, fmt.Errorf("list devices: %w", err)
		}
		d.Password = ""
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return all, nil
}

// Device returns one device with its hashed password, or ErrNotFound.
func (r *Registry) Device(ctx context.Context, name string) (Device, error) {
	if !validDeviceName(name) {
		return Device{}, fmt.Errorf("device %.64q: %w", name, ErrNotFound)
	}
	d, err := scanDevice(r.read.QueryRowContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE name = ?`, name))
	if err != nil {
		return Device{}, fmt.Errorf("device %s: %w", name, err)
	}
	return d, nil
}

const deviceColumns = `name, password, role, publish, subscribe, created, disabled`

func scanDevice(row interface{ Scan(...any) error }) (Device, error) {
	var d Device
	var publish, subscribe string
	var created int64
	err := row.Scan(&d.Name, &d.Password, &d.Role, &publish, &subscribe, &created, &d.Disabled)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	lines := func(s string) []string {
		return slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return l == "" })
	}
	d.Publish, d.Subscribe, d.Created = lines(publish), lines(subscribe), at(created)
	return d, err
}

// audited is what the audit keeps of d: no password.
func (d *Device) audited() map[string]any {
	return map[string]any{"role": d.Role, "publish": d.Publish, "subscribe": d.Subscribe, "disabled": d.Disabled}
}
