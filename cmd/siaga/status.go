package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/siaga-id/siaga/internal/exposition"
	"github.com/spf13/cobra"
)

// What `siaga status` ends with when the center is not well, and when nobody
// answers.
const (
	exitNotWell     = 1
	exitUnreachable = 2
)

// statusTimeout bounds all that is asked.
const statusTimeout = 10 * time.Second

// statusAnswer is what a center says of itself at /api/v1/status.
type statusAnswer struct {
	Time              time.Time    `json:"time"`
	Version           string       `json:"version"`
	Demo              bool         `json:"demo"`
	NodesOnline       int          `json:"nodes_online"`
	NodesTotal        int          `json:"nodes_total"`
	NodesRepair       int          `json:"nodes_repair"` // silent, and excused
	ReadingsPerSecond float64      `json:"readings_per_second"`
	DelayP50S         *float64     `json:"delivery_delay_p50_s"`
	DelayP99S         *float64     `json:"delivery_delay_p99_s"`
	OpenGaps          int          `json:"open_gaps"`
	Quarantined       int          `json:"quarantined"`
	Anomalies         *int         `json:"anomalies"` // of cards, in the last day; nil where the center does not say
	Accepting         bool         `json:"accepting"`
	NotAccepting      string       `json:"not_accepting"`
	Newest            *time.Time   `json:"newest"`
	Walls             []wallAnswer `json:"walls"`
	// Expiries are the certificates that the center lives by, overdue ones of nodes,
	// and access tokens that end soon.
	Expiries []expiryAnswer `json:"expiries"`
	// Exposed are the settings that send something over the network unencrypted.
	Exposed []exposureAnswer `json:"exposed"`
}

type wallAnswer struct {
	ID     string     `json:"id"`
	Newest *time.Time `json:"newest"`
	Seen   time.Time  `json:"seen"`
}

// component is a part of the center, as /readyz tells it.
type component struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Words string `json:"words"`
}

// store is a queue or a spool of the center.
type store struct {
	Name       string   `json:"name"`
	Records    float64  `json:"records"`
	Bytes      float64  `json:"bytes"`
	LimitBytes *float64 `json:"limit_bytes"` // nil where it is not known
	OldestS    *float64 `json:"oldest_s"`    // age; nil where it is empty or not known
}

// wholeStatus is everything there is to say.
type wholeStatus struct {
	statusAnswer
	// Well is false where a person must do something at the center; Problems say
	// what.
	Well       bool        `json:"well"`
	Problems   []string    `json:"problems"`
	Components []component `json:"components"`
	Stores     []store     `json:"stores"`
	// AgeP50S and AgeP99S are the reading ages of the last minute.
	AgeP50S *float64 `json:"reading_age_p50_s"`
	AgeP99S *float64 `json:"reading_age_p99_s"`
	// Devices is nil where the center takes no messages of other makers' devices.
	Devices *devicesStatus `json:"devices"`
}

type devicesStatus struct {
	Accepting   bool    `json:"accepting"`
	Reason      string  `json:"reason"` // why not
	Connections float64 `json:"connections"`
}

func statusCommand() *cobra.Command {
	var f centerFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Keadaan pusat yang sedang berjalan (how a running center is doing)",
		Long: "Keadaan pusat yang sedang berjalan (how a running center is doing).\n" +
			"Kode keluar (exit code): 0 baik (well), 1 tidak baik (not well), 2 tidak terjangkau (unreachable).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			s, err := askStatus(cmd.Context(), d.centerClient)
			if err != nil {
				return err
			}
			if d.asJSON {
				err = printJSON(cmd.OutOrStdout(), s)
			} else {
				err = s.print(cmd.OutOrStdout(), d.lang)
			}
			if err == nil && !s.Well {
				err = &exitError{exitNotWell, errors.New(d.say("pusat tidak baik: lihat baris ✗", "the center is not well: see the lines with ✗"))}
			}
			return err
		},
	}
	f.bind(cmd.Flags())
	return cmd
}

// askStatus asks a center for all it says. Only the status itself must be there:
// a center that is busy, or of another version, may leave out the rest.
func askStatus(ctx context.Context, c centerClient) (*wholeStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	s := &wholeStatus{Problems: []string{}}
	if err := c.call(ctx, http.MethodGet, "/api/v1/status", nil, &s.statusAnswer); err != nil {
		var away *unreachableError
		if errors.As(err, &away) {
			return nil, &exitError{exitUnreachable, err}
		}
		return nil, &exitError{exitNotWell, err}
	}
	if body, err := c.get(ctx, "/readyz"); err == nil {
		var ready struct {
			Components []component `json:"components"`
		}
		if json.Unmarshal(body, &ready) == nil {
			s.Components = ready.Components
		}
	}
	if page, err := c.get(ctx, "/metrics"); err == nil {
		s.measure(exposition.Parse(string(page)))
	}
	s.judge()
	return s, nil
}

// measure fills in what only /metrics tells.
func (s *wholeStatus) measure(e exposition.Page) {
	add := func(name, records, bytes, limit, oldest string) {
		n, size := e.Get(records), e.Get(bytes)
		if n == nil || size == nil {
			return
		}
		one := store{Name: name, Records: *n, Bytes: *size, LimitBytes: e.Get(limit)}
		if at := e.Get(oldest); at != nil && *at > 0 && *n > 0 {
			age := max(s.Time.Sub(time.UnixMilli(int64(*at*1000))).Seconds(), 0)
			one.OldestS = &age
		}
		s.Stores = append(s.Stores, one)
	}
	add("queue", "siaga_ingest_queue_packs", "siaga_ingest_queue_bytes", "", "")
	for _, name := range []string{"data", "stored", "refused"} {
		labels := `{spool="` + name + `"}`
		oldest := ""
		if name == "data" {
			oldest = "siaga_ingest_spool_oldest_timestamp_seconds"
		}
		add(name, "siaga_ingest_spool_records"+labels, "siaga_ingest_spool_bytes"+labels, "siaga_ingest_spool_limit_bytes"+labels, oldest)
	}
	topics, waiting := e.Get("siaga_device_topics"), e.Get("siaga_device_spool_records")
	if topics != nil && waiting != nil && *topics+*waiting > 0 {
		s.measureDevices(e)
		add("devices", "siaga_device_spool_records", "siaga_device_spool_bytes", "siaga_device_spool_limit_bytes", "siaga_device_spool_oldest_timestamp_seconds")
	}
	if p99 := e.Get(`siaga_ingest_live_age_seconds{quantile="0.99"}`); p99 != nil && *p99 > 0 {
		s.AgeP50S, s.AgeP99S = e.Get(`siaga_ingest_live_age_seconds{quantile="0.5"}`), p99
	}
}

func (s *wholeStatus) measureDevices(e exposition.Page) {
	if accepting, links := e.Get("siaga_device_accepting"), e.Get("siaga_device_links"); accepting != nil && links != nil {
		s.Devices = &devicesStatus{Accepting: *accepting == 1, Connections: *links}
	}
}

// devicesComponent has a line of its own, where there is anything to say of it.
const devicesComponent = "devices"

// nearlyFull is the part of a spool's limit from which a person should look.
const nearlyFull = 0.8

// judge says what a person must do something about. Nodes that are away, gaps and
// the quarantine are shown, but are the daily business of a district.
func (s *wholeStatus) judge() {
	if !s.Accepting {
		s.Problems = append(s.Problems, "not accepting: "+s.NotAccepting)
	}
	for _, c := range s.Components {
		switch {
		case c.Ready:
		case c.Name == devicesComponent && s.Devices != nil:
			s.Devices.Reason = c.Words
		default:
			s.Problems = append(s.Problems, c.Name+": "+c.Words)
		}
	}
	for _, one := range s.Stores {
		if one.full() {
			s.Problems = append(s.Problems, "spool "+one.Name+": nearly full")
		}
	}
	if s.Devices != nil && !s.Devices.Accepting {
		s.Problems = append(s.Problems, "messages of devices are not taken: "+s.Devices.Reason)
	}
	s.Problems = append(s.Problems, s.expired()...)
	s.Well = len(s.Problems) == 0
}

// full says whether little room is left.
func (s *store) full() bool {
	return s.LimitBytes != nil && *s.LimitBytes > 0 && s.Bytes >= nearlyFull*(*s.LimitBytes)
}
