package wire

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// ConfigOrigin is where a version of a node's configuration was made.
type ConfigOrigin string

// The origins.
const (
	FromCenter ConfigOrigin = "center"
	FromNode   ConfigOrigin = "node"
)

// ConfigState is what became of a version.
type ConfigState string

// The states. A node says InForce, Failed or Conflict of the newest version that the
// center desired.
const (
	Desired    ConfigState = "desired"
	InForce    ConfigState = "in force"
	Failed     ConfigState = "failed"
	Conflict   ConfigState = "conflict"
	Superseded ConfigState = "superseded"
)

// ConfigChange is one version, without its body.
type ConfigChange struct {
	Version uint64       `json:"version"`
	Based   uint64       `json:"based"`
	Origin  ConfigOrigin `json:"origin"`
	Author  string       `json:"author"`
	Reason  string       `json:"reason"`
	// TimeMS is when it was made in Unix milliseconds, 0 where the node did not know
	// the time.
	TimeMS int64 `json:"time_ms"`
}

// ConfigOutcome is what became of the newest version that the center desired.
type ConfigOutcome struct {
	Version uint64      `json:"version"`
	State   ConfigState `json:"state"`
	// Detail tells people why, in at most MaxReason bytes.
	Detail string `json:"detail,omitempty"`
}

// SensorCorrection is a correction in force, which only people at the node change.
type SensorCorrection struct {
	Sensor   reading.SensorID `json:"sensor"`
	Quantity string           `json:"quantity"`
	// Version counts the changes of the node's corrections.
	Version uint64 `json:"version"`
	Kind    string `json:"kind"`
	DateMS  int64  `json:"date_ms"`
	Author  string `json:"author"`
	Reason  string `json:"reason"`
}

// ReportedConfig is the configuration that is in force on a node, retained.
type ReportedConfig struct {
	ConfigChange
	// Trial is true while the node would still give the version back.
	Trial bool `json:"trial,omitempty"`
	// Body is left out where it is longer than MaxConfigBytes.
	Body ConfigBody `json:"body,omitempty"`
	// Desired is nil where the center has desired nothing yet.
	Desired *ConfigOutcome `json:"desired,omitempty"`
	// Changes are the versions before this one, the oldest first.
	Changes     []ConfigChange     `json:"changes,omitempty"`
	Corrections []SensorCorrection `json:"corrections,omitempty"`
}

// Encode returns it as JSON, its texts and lists shortened, the oldest going first.
// It errs where ParseReportedConfig would.
func (r ReportedConfig) Encode() ([]byte, error) {
	r.ConfigChange = r.ConfigChange.shortened()
	if text, err := json.Marshal(r.Body); err != nil || len(text) > MaxConfigBytes {
		r.Body = nil
	}
	if r.Desired != nil {
		d := *r.Desired
		d.Detail = shorten(d.Detail)
		r.Desired = &d
	}
	changes := r.Changes[max(0, len(r.Changes)-MaxConfigChanges):]
	r.Changes = nil
	for _, c := range changes {
		r.Changes = append(r.Changes, c.shortened())
	}
	corrections := r.Corrections[:min(len(r.Corrections), maxCorrections)]
	r.Corrections = nil
	for _, c := range corrections {
		c.Author, c.Reason = shorten(c.Author), shorten(c.Reason)
		r.Corrections = append(r.Corrections, c)
	}
	return encodeMessage("reported configuration", &r)
}

func (c ConfigChange) shortened() ConfigChange {
	c.Author, c.Reason = shorten(c.Author), shorten(c.Reason)
	return c
}

// ParseReportedConfig reads it. It is whole and valid or there is an error; of its
// Body nothing is checked but its length, since it is what a node runs with.
func ParseReportedConfig(payload []byte) (ReportedConfig, error) {
	var r ReportedConfig
	if err := parseMessage("reported configuration", payload, &r); err != nil {
		return ReportedConfig{}, err
	}
	return r, nil
}

func (r *ReportedConfig) problem() error {
	if err := r.ConfigChange.problem(); err != nil {
		return err
	}
	if text, err := json.Marshal(r.Body); err != nil || len(text) > MaxConfigBytes {
		return fmt.Errorf("a body of %d bytes, at most %d are allowed", len(text), MaxConfigBytes)
	}
	if len(r.Changes) > MaxConfigChanges || len(r.Corrections) > maxCorrections {
		return errTooLong
	}
	for _, c := range r.Changes {
		if err := c.problem(); err != nil {
			return err
		}
	}
	for _, c := range r.Corrections {
		if err := c.problem(); err != nil {
			return err
		}
	}
	if r.Desired == nil {
		return nil
	}
	return r.Desired.problem()
}

func (c *ConfigChange) problem() error {
	if c.Version > lastVersion || c.Version > 0 && c.Based >= c.Version || c.Version == 0 && c.Based > 0 {
		return fmt.Errorf("version %d based on %d: want it based on an older one", c.Version, c.Based)
	}
	if c.Origin != FromCenter && c.Origin != FromNode {
		return fmt.Errorf("origin %q: want center or node", clip(string(c.Origin)))
	}
	return cmp.Or(unixProblem("time_ms", c.TimeMS), reasonProblem(c.Author), reasonProblem(c.Reason))
}

func (o *ConfigOutcome) problem() error {
	switch o.State {
	case InForce, Failed, Conflict:
	default:
		return fmt.Errorf("state %q: want in force, failed or conflict", clip(string(o.State)))
	}
	if o.Version == 0 || o.Version > lastVersion {
		return errors.New("an outcome of no version")
	}
	return reasonProblem(o.Detail)
}

func (c *SensorCorrection) problem() error {
	if !reading.ValidID(c.Sensor) {
		return fmt.Errorf("sensor %q: its id: want 2 to 31 of a-z, 0-9 and -, not starting with -", clip(string(c.Sensor)))
	}
	if !validQuantityName(c.Quantity) {
		return fmt.Errorf("quantity %q: want 1 to 32 of a-z, 0-9 and _", clip(c.Quantity))
	}
	if !validToken(c.Kind, maxBoot, true) {
		return fmt.Errorf("kind %q: want 1 to %d of a-z, 0-9 and -", clip(c.Kind), maxBoot)
	}
	return cmp.Or(unixProblem("date_ms", c.DateMS), reasonProblem(c.Author), reasonProblem(c.Reason))
}
