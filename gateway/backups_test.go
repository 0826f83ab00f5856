package gateway

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/trust"
	"github.com/siaga-id/siaga/internal/wire"
)

// keeper is a node that keeps each pack until it is acknowledged, as the agent
// does, over all its connections.
type keeper struct {
	begin time.Time

	mu   sync.Mutex
	next uint64
	kept map[uint64]bool
}

// at connects it to a center, tells how it is, and hands over what it has kept.
func (k *keeper) at(t *testing.T, url string) (c *mqtt.Conn, leave func()) {
	t.Helper()
	c, err := mqtt.Open(mqtt.Options{
		URL: url, ClientID: "n1", Logger: slog.New(slog.DiscardHandler),
		Subscriptions: []mqtt.Subscription{{Filter: wire.Topic("n1", wire.AckChannel)}},
		OnMessage: func(m mqtt.Message) {
			ack, err := wire.ParseAck(m.Payload)
			if err != nil {
				t.Error(err)
				return
			}
			k.mu.Lock()
			defer k.mu.Unlock()
			for _, r := range ack.Ranges {
				for seq := r.From; seq <= r.To; seq++ {
					delete(k.kept, seq)
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	leave = sync.OnceFunc(func() { _ = c.Close() })
	t.Cleanup(leave)
	until(t, "connected", func() bool { ok, _ := c.Connected(); return ok })
	k.say(t, c)
	k.sendKept(t, c)
	return c, leave
}

// sendKept sends again what was not acknowledged: a center that has no room, or more
// to do than it queues, drops packs.
func (k *keeper) sendKept(t *testing.T, c *mqtt.Conn) {
	t.Helper()
	for seq := uint64(1); seq < k.next; seq++ {
		if k.has(seq) {
			publish(t, c, "n1", wire.Fill, k.pack(t, seq))
		}
	}
}

func (k *keeper) has(seq uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept[seq]
}

func (k *keeper) pack(t *testing.T, seq uint64) []byte {
	return pack(t, "n1", seq, k.begin.Add(time.Duration(seq)*time.Second), float64(seq))
}

// say publishes its state.
func (k *keeper) say(t *testing.T, c *mqtt.Conn) {
	t.Helper()
	s := state(true)
	k.mu.Lock()
	s.NextSeq = k.next
	for seq := uint64(1); seq < k.next; seq++ {
		if k.kept[seq] {
			s.Outstanding = append(s.Outstanding, wire.SeqRange{From: seq, To: seq})
		}
	}
	k.mu.Unlock()
	publish(t, c, "n1", wire.State, encode(t, s))
}

// send makes and sends packs.
func (k *keeper) send(t *testing.T, c *mqtt.Conn, packs int) {
	t.Helper()
	for range packs {
		k.mu.Lock()
		seq := k.next
		k.next++
		k.kept[seq] = true
		k.mu.Unlock()
		publish(t, c, "n1", wire.Live, k.pack(t, seq))
	}
}

func (k *keeper) empty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.kept) == 0
}

// enrol gives a node an identity at a center with a secure address.
func enrol(t *testing.T, c *running, id string) trust.Options {
	t.Helper()
	order(t, c, "/api/v1/nodes", fmt.Sprintf(`{"node":%q,"site":"35.05.12.1001"}`, id), nil)
	var made struct{ Token string }
	order(t, c, "/api/v1/nodes/"+id+"/tokens", `{}`, &made)
	token, err := enrolment.ParseToken(made.Token)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, new(x509.CertificateRequest), key)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(enrolment.Request{Token: made.Token, CSR: csr})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", "https://"+c.SecureAddrs()[0]+enrolment.EnrolPath, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{TLSClientConfig: trust.Config(trust.Options{Pin: &token.CA}, enrolment.ServerName)}
	defer transport.CloseIdleConnections()
	var answer enrolment.Answer
	told(t, &http.Client{Transport: transport}, req, &answer)
	cas, err := trust.Authorities(answer.CAs)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(answer.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return trust.Options{Authorities: cas, Certificate: &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}}
}

// askBackup makes a backup as `siaga backup` does.
func askBackup(t *testing.T, c *running, body string) (status int, file []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+c.HTTPAddr()+"/api/v1/backup", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+ownToken(t, c.DataDir()))
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if file, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, file
}

// storedPacks are those whose reading is in a center's InfluxDB.
func storedPacks(t *testing.T, c *running) map[uint64]bool {
	t.Helper()
	influx, err := api.NewInflux(c.InfluxURL(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	defer influx.Close()
	found, err := influx.Query(context.Background(), `SELECT "pm2_5" FROM "air"`)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[uint64]bool)
	for _, series := range found {
		for _, v := range series.Values {
			all[uint64(*v[1])] = true
		}
	}
	return all
}

func settled(c *running) bool {
	s := c.Status()
	return s.WaitingPacks == 0 && s.QueuedPacks == 0 && s.WaitingReports == 0
}

type nodeGaps struct {
	Gaps []struct {
		From, To            uint64
		State, Said, Reason string
	}
}

// TestAnEmptyMachineContinues backs a center up while a node writes, lets more
// come and be acknowledged, loses the machine, restores on an empty one, and goes
// on with the same nodes: each pack is stored, or said to be lost, and not both.
func TestAnEmptyMachineContinues(t *testing.T) {
	secret, public, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := backup.ParseKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	c := run(t, cfg)
	known := enrol(t, c, "sutojayan-01")
	k := &keeper{begin: time.Now().Add(-time.Hour).Truncate(time.Second), next: 1, kept: make(map[uint64]bool)}
	conn, leave := k.at(t, c.BrokerURL())
	k.send(t, conn, 300)
	until(t, "the first packs acknowledged", k.empty)
	k.say(t, conn)

	// While it writes on.
	writing, quit := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(writing)
		for {
			select {
			case <-quit:
				return
			default:
				k.send(t, conn, 1)
			}
		}
	}()
	status, file := askBackup(t, c, `{"recipients":["`+public+`"]}`)
	close(quit)
	<-writing
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, file)
	}
	k.send(t, conn, 100)
	until(t, "everything acknowledged and stored", func() bool { return k.empty() && settled(c) })
	made := uint64(len(storedPacks(t, c)))
	if made != k.next-1 {
		t.Fatalf("%d stored of %d", made, k.next-1)
	}
	leave()
	c.end()

	// The machine is gone; the node measures on.
	k.mu.Lock()
	for range 50 {
		k.kept[k.next] = true
		k.next++
	}
	k.mu.Unlock()
	cfg.DataDir = filepath.Join(t.TempDir(), "data")
	report, err := backup.Restore(t.Context(), bytes.NewReader(file), backup.Options{Dir: cfg.DataDir, Key: key, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if report.Ended.SetupLinks != 1 { // the first start's
		t.Errorf("%+v", report.Ended)
	}
	c = run(t, cfg)
	if _, code, err := connect(t, c.SecureAddrs()[0], "sutojayan-01", known); err != nil || code != 0 {
		t.Errorf("the enrolled node: code %d, %v", code, err)
	}
	conn, _ = k.at(t, c.BrokerURL())
	k.send(t, conn, 20)
	until(t, "everything acknowledged and stored again", func() bool { return k.empty() && settled(c) })
	k.say(t, conn)

	var lost map[uint64]bool
	until(t, "each pack accounted for", func() bool {
		lost = make(map[uint64]bool)
		for _, g := range get[nodeGaps](c, "/api/v1/nodes/n1").Gaps {
			if g.State != "lost" || g.Said != "siaga restore" || !strings.Contains(g.Reason, "restored from a backup of ") {
				return false
			}
			for seq := g.From; seq <= g.To; seq++ {
				lost[seq] = true
			}
		}
		return len(lost)+len(storedPacks(t, c)) == int(k.next-1)
	})
	has := storedPacks(t, c)
	for seq := uint64(1); seq < k.next; seq++ {
		if has[seq] == lost[seq] {
			t.Errorf("pack %d: stored %v, lost %v", seq, has[seq], lost[seq])
		}
		if (seq <= 300 || seq > made) && !has[seq] {
			t.Errorf("pack %d is lost", seq)
		}
	}
	if len(lost) < 100 {
		t.Errorf("%d lost: want those that came after the backup", len(lost))
	}
	t.Logf("%d packs, %d stored, %d lost since the backup", k.next-1, len(has), len(lost))
}

// TestBackupsAreAskedFor: who may, one at a time, and nothing is left behind.
func TestBackupsAreAskedFor(t *testing.T) {
	c := run(t, config(t.TempDir()))
	if got, err := http.NewRequest("POST", "http://"+c.HTTPAddr()+"/api/v1/backup", strings.NewReader(`{"passphrase":"kali brantas 1919"}`)); err != nil {
		t.Fatal(err)
	} else {
		got.Header.Set("Content-Type", "application/json")
		resp, err := c.http.Do(got)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("anybody: %s", resp.Status)
		}
	}
	for body, want := range map[string]int{
		`{}`: 422, `{"passphrase":"kurang"}`: 422, `{"recipients":["age1none"]}`: 422,
		`{"passphrase":"kali brantas 1919","history":false}`: 200,
	} {
		status, file := askBackup(t, c, body)
		if status != want {
			t.Errorf("%s: %d %.200s, want %d", body, status, file, want)
		}
		if status != http.StatusOK {
			continue
		}
		key, err := backup.Passphrase("kali brantas 1919")
		if err != nil {
			t.Fatal(err)
		}
		if m, err := backup.Check(t.Context(), bytes.NewReader(file), key); err != nil || m.Engine != "" || m.History != "left out" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	s, err := c.stageBackup(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := askBackup(t, c, `{"passphrase":"kali brantas 1919"}`); status != http.StatusConflict {
		t.Errorf("a second one: %d %s", status, answer)
	}
	// Whoever went away in the middle leaves nothing either.
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	until(t, "nothing left behind", func() bool {
		left, err := filepath.Glob(filepath.Join(c.DataDir(), ".backup-*"))
		links, lerr := filepath.Glob(filepath.Join(c.DataDir(), "influx", "data", "*", "*", "*", "*.tmp"))
		return err == nil && lerr == nil && len(left)+len(links) == 0
	})
	if err := os.Mkdir(filepath.Join(c.DataDir(), ".backup-killed"), 0o700); err != nil {
		t.Fatal(err)
	}
	cfg := c.cfg
	c.end()
	run(t, cfg)
	if _, err := os.Stat(filepath.Join(cfg.DataDir, ".backup-killed")); !os.IsNotExist(err) {
		t.Errorf("what a killed backup left: %v", err)
	}
}
