package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
)

// Bounds of configurations that travel.
const (
	// MaxConfigBytes bounds a ConfigBody as JSON.
	MaxConfigBytes = 64 << 10
	// MaxConfigChanges bounds the changes that a node names.
	MaxConfigChanges = 32
	maxConfigSensors = 128
	maxConfigDepth   = 8
	maxCorrections   = 512
)

// ConfigBody is the part of a node's configuration that travels, as its file has
// it: center, pack_interval, queue, send, page.listen and sensors. All else is the
// node's own: which node it is, where its data are, what its secrets' files are
// called. What a key leaves out has its default; for center that is what the last
// enrolment or renewal told.
type ConfigBody map[string]any

// The keys that a ConfigBody may have, and those of page.
var (
	configKeys = []string{"center", "pack_interval", "page", "queue", "send", "sensors"}
	pageKeys   = []string{"listen"}
)

// SplitConfig parts a whole configuration into what travels and what is the
// node's own. Neither shares maps with settings at their first two levels.
func SplitConfig(settings map[string]any) (body ConfigBody, own map[string]any) {
	body, own = ConfigBody{}, map[string]any{}
	for key, value := range settings {
		page, isPage := value.(map[string]any)
		switch {
		case key == "page" && isPage:
			theirs, ours := map[string]any{}, map[string]any{}
			for k, v := range page {
				if slices.Contains(pageKeys, k) {
					theirs[k] = v
				} else {
					ours[k] = v
				}
			}
			if len(theirs) > 0 {
				body[key] = theirs
			}
			if len(ours) > 0 {
				own[key] = ours
			}
		case slices.Contains(configKeys, key) && !(key == "page" && value != nil):
			body[key] = value
		default:
			own[key] = value
		}
	}
	return body, own
}

// Validate returns every mistake that can be seen without knowing any sensor, each
// beginning with its key: keys that are the node's own, what is no duration, no
// list, no id, or stands twice. Drivers and their options only the node knows.
func (b ConfigBody) Validate() error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if !slices.Contains(configKeys, key) {
			errs = append(errs, fmt.Errorf("%s: is the node's own or unknown: from the center only %s can be changed", clip(key), strings.Join(configKeys, ", ")))
			continue
		}
		errs = append(errs, b.part(key))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if len(text) > MaxConfigBytes {
		return fmt.Errorf("configuration: it is %d bytes long, more than %d", len(text), MaxConfigBytes)
	}
	return nil
}

func (b ConfigBody) part(key string) error {
	if err := plainSettings(key, b[key], 1); err != nil {
		return err
	}
	switch key {
	case "center":
		_, err := b.Center()
		return err
	case "pack_interval":
		return durationProblem(key, b[key])
	case "sensors":
		return sensorsProblem(b[key])
	}
	section, ok := b[key].(map[string]any)
	if !ok {
		return fmt.Errorf("%s: want keys and values below it", key)
	}
	for k := range section {
		if key == "page" && !slices.Contains(pageKeys, k) {
			return fmt.Errorf("page.%s: is the node's own or unknown: from the center only page.listen can be changed", clip(k))
		}
	}
	return nil
}

// Center is how the node is to reach and know its center; zero where b leaves that
// out. An error begins with the key.
func (b ConfigBody) Center() (c enrolment.Center, err error) {
	value, there := b["center"]
	if !there {
		return c, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return c, fmt.Errorf("center: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return enrolment.Center{}, errors.New("center: want the lists addresses, brokers and cas below it, or some of them")
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("center.%w", err)
	}
	return c, nil
}

func sensorsProblem(value any) error {
	list, ok := value.([]any)
	if !ok {
		return errors.New("sensors: want a list")
	}
	if len(list) > maxConfigSensors {
		return fmt.Errorf("sensors: %d are more than %d", len(list), maxConfigSensors)
	}
	var errs []error
	seen := map[string]bool{}
	for i, item := range list {
		at := fmt.Sprintf("sensors[%d]", i)
		s, ok := item.(map[string]any)
		if !ok {
			errs = append(errs, fmt.Errorf("%s: want a sensor's keys and values", at))
			continue
		}
		id, _ := s["id"].(string)
		switch {
		case !reading.ValidID(reading.SensorID(id)):
			errs = append(errs, fmt.Errorf("%s.id: %q: want 2 to 31 of a-z, 0-9 and -, not starting with -", at, clip(id)))
		case seen[id]:
			errs = append(errs, fmt.Errorf("%s.id: %q stands twice", at, id))
		}
		seen[id] = true
		if name, _ := s["driver"].(string); !validToken(name, maxBoot, true) {
			errs = append(errs, fmt.Errorf("%s.driver: %q: want a driver's name", at, clip(name)))
		}
		errs = append(errs, durationProblem(at+".interval", s["interval"]))
	}
	return errors.Join(errs...)
}

func durationProblem(key string, value any) error {
	text, _ := value.(string)
	if d, err := time.ParseDuration(text); err != nil || d <= 0 {
		return fmt.Errorf("%s: %v: want a duration such as 10s", key, clip(fmt.Sprint(value)))
	}
	return nil
}

// plainSettings holds what travels to what every file can say the same way.
func plainSettings(at string, value any, depth int) error {
	if depth > maxConfigDepth {
		return fmt.Errorf("%s: is nested too deep", at)
	}
	switch v := value.(type) {
	case string, bool, float64:
		return nil
	case []any:
		for i, item := range v {
			if err := plainSettings(fmt.Sprintf("%s[%d]", at, i), item, depth+1); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !validSetting(k) {
				return fmt.Errorf("%s: key %q: want 1 to 64 of a-z, 0-9, _ and -", at, clip(k))
			}
			if err := plainSettings(at+"."+k, v[k], depth+1); err != nil {
				return err
			}
		}
		return nil
	case nil:
		return fmt.Errorf("%s: empty: leave it out, or say something", at)
	}
	return fmt.Errorf("%s: %T is no setting", at, value)
}

func validSetting(key string) bool {
	for i := range len(key) {
		if c := key[i]; !lowerOrDigit(c) && c != '_' && c != '-' {
			return false
		}
	}
	return key != "" && len(key) <= 64
}

// DesiredConfig is the configuration that the center wants a node to have.
type DesiredConfig struct {
	// Version is greater than every one that the center knew of that node, Based is
	// the one that its author saw in force; 0 is none.
	Version uint64 `json:"version"`
	Based   uint64 `json:"based"`
	// Author and Reason are for people, in at most MaxReason bytes.
	Author string     `json:"author"`
	Reason string     `json:"reason"`
	TimeMS int64      `json:"time_ms"`
	Body   ConfigBody `json:"body"`
}

// Encode returns it as JSON, its texts shortened. It errs where ParseDesiredConfig
// would.
func (d DesiredConfig) Encode() ([]byte, error) {
	d.Author, d.Reason = shorten(d.Author), shorten(d.Reason)
	return encodeMessage("desired configuration", &d)
}

// ParseDesiredConfig reads it. It is whole and, as far as Validate can see, valid, or
// there is an error; where only its Body is wrong, the rest comes with a *BodyError.
func ParseDesiredConfig(payload []byte) (DesiredConfig, error) {
	var d DesiredConfig
	err := parseMessage("desired configuration", payload, &d)
	var wrong *BodyError
	if err != nil && !errors.As(err, &wrong) {
		return DesiredConfig{}, err
	}
	return d, err
}

// BodyError is what is wrong with a ConfigBody.
type BodyError struct{ err error }

func (e *BodyError) Error() string { return e.err.Error() }
func (e *BodyError) Unwrap() error { return e.err }

func (d *DesiredConfig) problem() error {
	if err := cmp.Or(versionProblem(d.Version, d.Based), unixProblem("time_ms", d.TimeMS), reasonProblem(d.Author), reasonProblem(d.Reason)); err != nil {
		return err
	}
	if d.Body == nil {
		return errors.New("it has no body")
	}
	if err := d.Body.Validate(); err != nil {
		return &BodyError{err}
	}
	return nil
}

func versionProblem(version, based uint64) error {
	if version == 0 || version > lastVersion || based >= version {
		return fmt.Errorf("version %d based on %d: want from 1, and based on an older one", version, based)
	}
	return nil
}

// lastVersion is the greatest whole number that JSON carries everywhere (RFC 7493
// §2.2).
const lastVersion = 1<<53 - 1
