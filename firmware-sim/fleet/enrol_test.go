package fleet

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/remote"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestFleetEnrolsByTokens: each node by its own, and none when it is started again;
// none goes where nodes go that are not enrolled.
func TestFleetEnrolsByTokens(t *testing.T) {
	center := enrolmenttest.New(t, time.Now)
	opt := testOptions(t, 3)
	said := &remote.Log{Max: 1 << 20}
	opt.MQTT, opt.Tokens, opt.Logger = mqtt.Config{}, t.TempDir(), slog.New(slog.NewTextHandler(said, nil))
	var nodes []string
	for _, v := range opt.villages() {
		nodes = append(nodes, string(v.Node))
		token := center.Token(reading.NodeID(v.Node)).String() + "\n"
		if err := os.WriteFile(filepath.Join(opt.Tokens, "siaga-token-"+string(v.Node)+".txt"), []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		f, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		all := func() (yes bool) {
			center.Do(func() {
				yes = !slices.ContainsFunc(nodes, func(n string) bool {
					return !slices.Contains(center.Sessions, enrolmenttest.Session{ClientID: n, Certificate: n})
				})
			})
			return yes
		}
		for limit := time.Now().Add(60 * time.Second); !all(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatal("not all nodes have connected")
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		center.Do(func() { center.Sessions = nil })
	}
	if log := said.Last(1000); strings.Contains(log, edge.PlainBroker) || !strings.Contains(log, "enrolled by a token file") {
		t.Errorf("it went to %s:\n%s", edge.PlainBroker, log)
	}
	if left, err := os.ReadDir(opt.Tokens); err != nil || len(left) > 0 || len(center.Issued) != len(nodes) {
		t.Errorf("tokens left: %v, %v; %d certificates", left, err, len(center.Issued))
	}
}
