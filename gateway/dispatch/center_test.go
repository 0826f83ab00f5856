package dispatch

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestTheCenterIsOnePartOfTheConfiguration, and the others stay as they are, also
// those of a version that waits for the node.
func TestTheCenterIsOnePartOfTheConfiguration(t *testing.T) {
	p := newPost(t)
	lead := func(c enrolment.Center) (registry.Configuration, bool, error) {
		return p.office.SetCenter(t.Context(), budi, node, "r", c.Over)
	}
	there := enrolment.Center{Addresses: []string{"10.0.0.2:8883"}}
	if _, made, err := lead(there); !errors.Is(err, ErrUntold) || made {
		t.Fatal(made, err)
	}
	if _, _, err := p.office.SetCenter(t.Context(), budi, "kosong-01", "r", there.Over); !errors.Is(err, ErrUntold) {
		t.Error(err)
	}
	p.office.keep(t.Context(), message{node: node, channel: wire.ConfigReported, received: time.Now(), payload: []byte(
		`{"version":1,"based":0,"origin":"node","author":"sari","reason":"scan","time_ms":0,"body":{"pack_interval":"30s"}}`)})
	c, made, err := lead(there)
	if err != nil || !made || c.Version != 2 || c.Body["pack_interval"] != "30s" {
		t.Fatalf("%+v, %v", c, err)
	}
	if last := p.sent[len(p.sent)-1]; !strings.Contains(last, `"center":{"addresses":["10.0.0.2:8883"]}`) {
		t.Error(last)
	}
	if c, made, err := lead(there); err != nil || made || c.Version != 2 {
		t.Errorf("the same again: %+v, %v", c, err)
	}
	c, made, err = lead(enrolment.Center{Brokers: []string{"10.0.0.3:8883"}})
	is, _ := c.Body.Center()
	if err != nil || !made || !slices.Equal(is.Addresses, there.Addresses) || is.Brokers[0] != "10.0.0.3:8883" || c.Body["pack_interval"] != "30s" {
		t.Fatalf("%+v, %v", c, err)
	}
	var wrong *InvalidError
	if _, made, err := lead(enrolment.Center{Addresses: []string{"nowhere"}}); !errors.As(err, &wrong) || made {
		t.Error(made, err)
	}
	c, made, err = p.office.SetCenter(t.Context(), budi, node, "r", func(enrolment.Center) enrolment.Center { return enrolment.Center{} })
	if _, there := c.Body["center"]; err != nil || !made || there {
		t.Errorf("%+v, %v", c, err)
	}
}
