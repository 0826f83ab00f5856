package registry

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

var (
	operatorBudi = Actor{Name: "budi", Address: "10.0.0.5"}
	halfMinute   = wire.ConfigBody{"pack_interval": "30s"}
)

// told are versions as "number origin state", the newest first.
func told(t *testing.T, r *Registry, node reading.NodeID) string {
	t.Helper()
	all, err := r.Configurations(t.Context(), node, 100)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range all {
		lines = append(lines, fmt.Sprintf("%d %s %s", c.Version, c.Origin, c.State))
	}
	return strings.Join(lines, ", ")
}

func TestConfigurationsHaveAHistory(t *testing.T) {
	now := time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
	r := openAt(t, &now)
	const node = "sutojayan-01"
	if err := r.Claim(t.Context(), node, "35.05.12.1001"); err != nil {
		t.Fatal(err)
	}
	want := func(want string) {
		t.Helper()
		if got := told(t, r, node); got != want {
			t.Fatalf("%s\nwant %s", got, want)
		}
	}
	report := func(c wire.ReportedConfig) {
		t.Helper()
		for range 2 { // nodes repeat themselves
			if err := r.ReportConfiguration(t.Context(), node, c, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := wire.ConfigChange{Version: 1, Origin: wire.FromNode, Author: "sari", Reason: "scan"}
	report(wire.ReportedConfig{ConfigChange: first, Body: wire.ConfigBody{"pack_interval": "10s"}})
	want("1 node in force")

	seen := uint64(0)
	if _, err := r.Desire(t.Context(), operatorBudi, node, &seen, "slower", halfMinute); !errors.Is(err, ErrChanged) {
		t.Error(err)
	}
	seen = 1
	c, err := r.Desire(t.Context(), operatorBudi, node, &seen, "slower", halfMinute)
	if err != nil || c.Version != 2 || c.Based != 1 {
		t.Fatal(c, err)
	}
	second, err := r.Desire(t.Context(), operatorBudi, node, nil, "slower still", halfMinute)
	if err != nil {
		t.Fatal(err)
	}
	want("3 center desired, 2 center superseded, 1 node in force")
	all, err := r.DesiredConfigurations(t.Context())
	if err != nil || len(all) != 1 || all[0].Version != 3 || all[0].Body["pack_interval"] != "30s" {
		t.Error(all, err)
	}

	third := wire.ConfigChange{Version: 3, Based: 1, Origin: wire.FromCenter, Author: "budi", Reason: "slower still", TimeMS: second.Time.UnixMilli()}
	report(wire.ReportedConfig{
		ConfigChange: third, Body: halfMinute, Trial: true, Desired: &wire.ConfigOutcome{Version: 3, State: wire.InForce}, Changes: []wire.ConfigChange{first},
	})
	want("3 center in force, 2 center superseded, 1 node superseded")
	if rep, err := r.ConfigurationReport(t.Context(), node); err != nil || !rep.Trial || rep.Version != 3 {
		t.Error(rep, err)
	}
	// Given back.
	report(wire.ReportedConfig{
		ConfigChange: first, Desired: &wire.ConfigOutcome{Version: 3, State: wire.Failed, Detail: "given back"}, Changes: []wire.ConfigChange{first, third},
	})
	want("3 center failed, 2 center superseded, 1 node in force")
	if all, err := r.DesiredConfigurations(t.Context()); err != nil || len(all) != 0 {
		t.Error("a version that failed is sent again", all, err)
	}
	// A correction at the node that the center did not see comes in between.
	if _, err := r.Desire(t.Context(), operatorBudi, node, nil, "again", halfMinute); err != nil {
		t.Fatal(err)
	}
	tape := wire.ConfigChange{Version: 4, Based: 1, Origin: wire.FromNode, Author: "sari", Reason: "tape", TimeMS: 1}
	report(wire.ReportedConfig{
		ConfigChange: tape, Desired: &wire.ConfigOutcome{Version: 4, State: wire.Conflict, Detail: "it is based on version 1, and version 4 is in force"},
		Changes:     []wire.ConfigChange{first, third},
		Corrections: []wire.SensorCorrection{{Sensor: "air-1", Quantity: "distance", Version: 1, Kind: "datum", Author: "sari", Reason: "tape"}},
	})
	inForce, desired, newest, err := r.ConfigurationStanding(t.Context(), node)
	if err != nil || newest != 4 || inForce.Author != "sari" || desired.State != wire.Conflict || desired.Version != 4 {
		t.Error(inForce, desired, newest, err)
	}
	if rep, err := r.ConfigurationReport(t.Context(), node); err != nil || len(rep.Corrections) != 1 {
		t.Error(rep, err)
	}
	if c, err := r.Configuration(t.Context(), node, 3); err != nil || c.Detail != "given back" {
		t.Error(c, err)
	}
	if _, err := r.Configuration(t.Context(), node, 9); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	var actions []string
	entries, err := r.Audit(t.Context(), AuditFilter{Action: "configuration", Object: "node:" + node})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		actions = append(actions, e.Name+" "+e.Action)
	}
	if got := strings.Join(actions, ", "); got != "node:sutojayan-01 configuration.conflict, node:sutojayan-01 configuration.change, budi configuration.set, "+
		"node:sutojayan-01 configuration.failed, budi configuration.set, budi configuration.set, node:sutojayan-01 configuration.change" {
		t.Error(got)
	}
}

func TestConfigurationsAreForNodesInService(t *testing.T) {
	now := time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
	r := openAt(t, &now)
	if _, err := r.Desire(t.Context(), operatorBudi, "kosong-01", nil, "x", halfMinute); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := r.ReportConfiguration(t.Context(), "baru-01", wire.ReportedConfig{}, now); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if err := r.ReportConfiguration(t.Context(), "baru-01", wire.ReportedConfig{ConfigChange: wire.ConfigChange{Origin: wire.FromNode}}, now); err != nil {
		t.Error(err)
	}
	if got := told(t, r, "baru-01"); got != "" {
		t.Error(got)
	}
}

func TestCommandsEnd(t *testing.T) {
	now := time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
	r := openAt(t, &now)
	const node = "sutojayan-01"
	if err := r.Claim(t.Context(), node, "35.05.12.1001"); err != nil {
		t.Fatal(err)
	}
	give := func(id string) error {
		_, err := r.AddCommand(t.Context(), operatorBudi, NodeCommand{ID: id, Node: node, Name: "read", Sensor: "a-1", Expires: now.Add(time.Minute)})
		return err
	}
	state := func(id string, want CommandState) NodeCommand {
		t.Helper()
		c, err := r.NodeCommand(t.Context(), node, id)
		if err != nil || c.State != want {
			t.Fatalf("%s: %s, %v, want %s", id, c.State, err, want)
		}
		return c
	}
	for i := range maxOpenCommands {
		if err := give(fmt.Sprintf("c-%02d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := give("more"); !errors.Is(err, ErrTooManyCommands) {
		t.Error(err)
	}
	answer := wire.Answer{ID: "c-00", State: wire.Done, Values: []wire.ReadValue{{Quantity: "pm2_5", Value: 12, Quality: 2}}}
	if err := r.AnswerCommand(t.Context(), "lodoyo-02", answer, now); !errors.Is(err, ErrNotFound) {
		t.Error("another node answers:", err)
	}
	if err := r.AnswerCommand(t.Context(), node, answer, now); err != nil {
		t.Error(err)
	}
	if c := state("c-00", CommandDone); len(c.Answer.Values) != 1 || c.Who != "budi" {
		t.Errorf("%+v", c)
	}
	if err := r.AnswerCommand(t.Context(), node, answer, now); !errors.Is(err, ErrNotFound) {
		t.Error("answered twice:", err)
	}
	if err := r.FailCommand(t.Context(), NodeCommand{ID: "c-01", Node: node}, "no broker"); err != nil {
		t.Error(err)
	}
	state("c-01", CommandFailed)
	if err := r.TimeOutCommands(t.Context()); err != nil {
		t.Error(err)
	}
	state("c-02", CommandAsked)
	now = now.Add(time.Minute)
	if err := r.TimeOutCommands(t.Context()); err != nil {
		t.Error(err)
	}
	state("c-02", CommandTimedOut)
	if err := r.AnswerCommand(t.Context(), node, wire.Answer{ID: "c-02", State: wire.Undone, Detail: "late"}, now); err != nil {
		t.Error("a late answer:", err)
	}
	if c := state("c-02", CommandFailed); c.Answer.Detail != "late" {
		t.Errorf("%+v", c)
	}
	for i := range keptCommands + 5 {
		now = now.Add(time.Second)
		id := fmt.Sprintf("d-%03d", i)
		if err := give(id); err != nil {
			t.Fatal(err)
		}
		if err := r.AnswerCommand(t.Context(), node, wire.Answer{ID: id, State: wire.Done}, now); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := r.NodeCommands(t.Context(), node, 1000); err != nil || len(all) > keptCommands+2 || all[0].ID != "d-204" {
		t.Errorf("%d kept, %v", len(all), err)
	}
}

// openAt is a registry whose clock is *now.
func openAt(t *testing.T, now *time.Time) *Registry {
	t.Helper()
	r, err := Open(t.TempDir()+"/registry.db", Options{Kind: Real, Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}
