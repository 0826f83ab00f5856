package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

const (
	refusedAtBroker = `siaga_broker_refused_total{reason="`
	refusedByInflux = "siaga_tsdb_refused_total"
	refusedByHTTP   = `siaga_http_refused_total{reason="`
)

// attacks are all that we know of. Those with try are made here, at a real center,
// and must be refused, counted, and logged; the others are made where shown says.
var attacks = []struct {
	name  string
	try   func(s *siege) (done bool)
	count string // the series in /metrics that grows
	log   string // what the log says
	shown []string
}{
	{"publish as another node", func(s *siege) bool { return s.publishes("siaga/v1/desa-b/live", 1) }, refusedAtBroker + `publish"}`, "topic=siaga/v1/desa-b/live", []string{"gateway/broker TestWhatMayBePublished"}},
	{"publish as an ingester", func(s *siege) bool { return s.publishes("siaga/v1/desa-a/ack", 1) }, refusedAtBroker + `publish"}`, "topic=siaga/v1/desa-a/ack", nil},
	{"publish as an ingester's state", func(s *siege) bool { return s.publishes("siaga/center/v1/center/state", 1) }, refusedAtBroker + `publish"}`, "topic=siaga/center/v1/center/state", nil},
	{"publish as the gateway: config", func(s *siege) bool { return s.publishes("siaga/v1/desa-a/config", 1) }, refusedAtBroker + `publish"}`, "topic=siaga/v1/desa-a/config", nil},
	{"publish as the gateway: cmd", func(s *siege) bool { return s.publishes("siaga/v1/desa-a/cmd", 1) }, refusedAtBroker + `publish"}`, "topic=siaga/v1/desa-a/cmd", nil},
	{"subscribe to another's readings", func(s *siege) bool { return s.subscribes("siaga/v1/desa-b/live") }, refusedAtBroker + `subscribe"}`, "topic=siaga/v1/desa-b/live", []string{"gateway/broker TestWhatMayBeHeard", "gateway/broker TestCoversGrantsNothingMore"}},
	{"subscribe to another's commands", func(s *siege) bool { return s.subscribes("siaga/v1/+/cmd") }, refusedAtBroker + `subscribe"}`, "topic=siaga/v1/+/cmd", nil},
	{"subscribe to all", func(s *siege) bool { return s.subscribes("#") }, refusedAtBroker + `subscribe"}`, "topic=#", nil},
	{"subscribe to the broker's own", func(s *siege) bool { return s.subscribes("$SYS/#") }, refusedAtBroker + `subscribe"}`, "topic=$SYS/#", nil},
	{"take an ingester's share", func(s *siege) bool { return s.subscribes("$share/siaga/siaga/v1/+/live") }, refusedAtBroker + `subscribe"}`, "topic=$share/siaga", nil},

	{"a used token with another key", func(s *siege) bool { return enrols(s, s.token, enrolment.TokenUsed) }, `siaga_enrolments_total{kind="enrol",outcome="token_used"}`, "code=token_used", []string{"gateway/authority TestTokenRefused"}},
	{"a guessed token", func(s *siege) bool {
		guess := s.token
		guess.Secret[0]++
		return enrols(s, guess, enrolment.TokenUnknown)
	}, `siaga_enrolments_total{kind="enrol",outcome="token_unknown"}`, "code=token_unknown", []string{"gateway/authority TestGuessing"}},
	{"an expired token", nil, "", "", []string{"gateway/authority TestTokenRefused"}},

	{"a certificate of another authority", func(s *siege) bool { return s.connects("desa-a", forged(s)) }, refusedAtBroker + `certificate"}`, "another authority", []string{"gateway/authority TestNotANode"}},
	{"the certificate of one node, the client id of another", func(s *siege) bool { return s.connects("desa-b", s.a) }, refusedAtBroker + `client_id"}`, "client=desa-b", []string{"gateway/broker TestWhoGetsIn"}},
	{"a node's name without its certificate", func(s *siege) bool { return s.connects("desa-a", trust.Options{Authorities: s.a.Authorities}) }, refusedAtBroker + `client_id"}`, "client=desa-a", nil},
	{"neither a certificate nor a password", func(s *siege) bool { return s.connects("x", trust.Options{Authorities: s.a.Authorities}) }, refusedAtBroker + `no_credentials"}`, "client=x", nil},
	{"a revoked certificate", func(s *siege) bool {
		stolen := s.b
		var err error
		if s.b, err = enrolBy(s.T, tokenOf(s.T, s.c, "desa-b")); err != nil {
			s.Fatal(err)
		}
		return s.connects("desa-b", stolen)
	}, refusedAtBroker + `certificate"}`, "certificate is revoked", []string{"gateway/broker TestRevokedWhileItConnects", "gateway/authority TestEnrolAgain"}},
	{"a retired node", nil, "", "", []string{"gateway TestNodeOverTLS"}},
	{"an expired certificate", nil, "", "", []string{"gateway/authority TestRenewAfterExpiry", "gateway/authority TestAwayDuringRotation"}},
	{"a node named like a reserved word", func(s *siege) bool {
		code, _ := s.asks("POST", "http://"+s.c.HTTPAddr()+"/api/v1/nodes", `{"node":"center","site":"35.05.12.1001"}`, "Content-Type", "application/json", "Authorization", s.admin())
		return code < 400
	}, "", "", []string{"gateway/registry TestWhatIsWrittenDownOfNodesIsLookedAt"}},

	{"a message over the limit", func(s *siege) bool { return s.publishes("siaga/v1/desa-a/live", 1<<20) }, "siaga_broker_too_large_total", "over the limit", []string{"gateway/broker TestPacketTooLarge"}},
	{"a flood of messages", nil, "", "", []string{"gateway/broker TestPace", "ingest TestFlood"}},
	{"all sessions for one account", nil, "", "", []string{"gateway/broker TestTooManySessions"}},
	{"all memory for retained messages or deep topics", nil, "", "", []string{"gateway/broker TestRetainedIsBounded", "gateway/broker TestTopicsAreBounded", "gateway/broker TestTooManySubscriptions"}},
	{"many connections that say nothing", silence, "", "", []string{"gateway/secure TestIdlersAreEvicted", "gateway/secure TestEachAddressHasItsShare", "gateway/broker TestSilentConnectionsGo"}},
	{"many connections that have asked once", nil, "", "", []string{"gateway/secure TestRequestsAreBounded"}},
	{"requests that never end", slowly, "", "", nil},
	{"guessing a device's password", func(s *siege) bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.c.BrokerURL(), "tcp://"))
		if err != nil {
			s.Fatal(err)
		}
		defer conn.Close()
		answer := make([]byte, 4)
		_, _ = io.WriteString(conn, "\x10\x1c\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01x\x00\x06tambak\x00\x05salah")
		_, err = io.ReadFull(conn, answer)
		return err == nil && answer[3] == 0
	}, refusedAtBroker + `password"}`, "name or password is wrong", []string{"gateway/authority TestDeviceGuessing", "gateway/authority TestDeviceGuessingFromOneAddress"}},
	{"guessing a person's password", nil, "", "", []string{"gateway/api TestSignInIsThrottled", "gateway/access TestRefusedSignInsAreAudited", "gateway/access TestOneAddressGoesThroughAccounts"}},
	{"guessing it from many addresses", nil, "", "", []string{"gateway/access TestManyAddressesGuessAtOneAccount"}},
	{"shutting a person out by guessing", nil, "", "", []string{"gateway/access TestWhoIsWrongShutsOutHimself", "gateway/access TestManyAddressesGuessAtOneAccount"}},
	{"more sign-ins than can be looked at", nil, "", "", []string{"gateway/api TestTooManySignInsAtOnce", "internal/password TestFewWait"}},
	{"all event streams for one address", nil, "", "", []string{"gateway/api TestStreamsHaveAShareByAddress"}},

	{"a change by a page of another origin", func(s *siege) bool {
		code, _ := s.asks("POST", "http://"+s.c.HTTPAddr()+"/api/v1/ingest/stored", `{"ranges":[]}`, "Content-Type", "application/json", "Origin", "https://evil.example")
		return code < 400
	}, refusedByHTTP + `origin"}`, "by a page of the origin https://evil.example", []string{"gateway/api TestForeignPagesChangeNothing"}},
	{"a name that somebody has pointed here", func(s *siege) bool {
		code, _ := s.asks("GET", "http://"+s.c.HTTPAddr()+"/api/v1/nodes", "", "Host", "evil.example")
		return code < 400
	}, refusedByHTTP + `host"}`, "made to the host name evil.example", []string{"internal/webguard TestOnlyOurOwnPagesPass", "gateway/api TestRefusalsDoNotFillTheLog"}},
	{"a foreign page writes into InfluxDB", func(s *siege) bool {
		code, _ := s.asks("POST", s.c.InfluxURL()+"/write?db=siaga", "air,node=desa-a pm2_5=1", "Content-Type", "text/plain", "Origin", "https://evil.example")
		return code < 400
	}, refusedByInflux, "", []string{"gateway/tsdb TestGuard"}},
	{"a foreign page reads InfluxDB by a name of its own", func(s *siege) bool {
		code, _ := s.asks("GET", s.c.InfluxURL()+"/query?db=siaga&q=SHOW+MEASUREMENTS", "", "Host", "evil.example")
		return code < 400
	}, refusedByInflux, "", []string{"gateway/tsdb TestGuard"}},
	{"InfluxDB is told to forget", func(s *siege) bool {
		code, _ := s.asks("POST", s.c.InfluxURL()+"/query?db=siaga&q="+url.QueryEscape("DROP MEASUREMENT air"), "")
		return code < 400
	}, refusedByInflux, "", []string{"gateway/tsdb TestQueryOnlyReads"}},
	{"session fixation", nil, "", "", []string{"gateway/api TestSigningInMakesANewSession"}},
	{"files beside the wall's", func(s *siege) bool {
		for _, path := range []string{"/../admin.token", "/..%2fadmin.token", "/%2e%2e/%2e%2e/admin.token", "/assets/..%5c..%5cadmin.token", "//etc/passwd", "/admin.token"} {
			if code, text := s.asks("GET", "http://"+s.c.HTTPAddr()+path, ""); code < 400 && text != "<p>wall" {
				return true
			}
		}
		return false
	}, "", "", []string{"gateway/api TestWallFiles"}},
	{"a stranger's change", func(s *siege) bool {
		code, _ := s.asks("POST", "http://"+s.c.HTTPAddr()+"/api/v1/nodes/desa-a/retire", `{"reason":"x"}`, "Content-Type", "application/json")
		return code < 400
	}, refusedByHTTP + `role"}`, "request refused", []string{"gateway/api TestEveryRouteKeepsToItsRole", "gateway/api TestOtherRoutesKeepToTheirRole"}},
	{"SQL through any parameter", nil, "", "", []string{"gateway/api TestAPIUnderAttack"}},
	{"InfluxQL through any parameter", nil, "", "", []string{"gateway/api TestHistoryCannotBeInjected", "gateway/api TestAPIUnderAttack"}},
	{"more than its database by an access token", nil, "", "", []string{"gateway/tsdb TestReaderReadsOneDatabase", "gateway/tsdb TestReaderIsBounded", "gateway/api TestInfluxFromElsewhere"}},
	{"lines through any name or tag", nil, "", "", []string{"ingest TestTagsAreEscaped", "ingest TestBadInput", "internal/reading TestValidIDAgreesWithTheRule"}},
	{"secrets in logs", nil, "", "", []string{"gateway/api TestSecretsAreInNoLog", "gateway/broker TestLogKeepsSecrets", "gateway TestCenterLogsNoSecret"}},
}

// TestAttacks makes them one after the other, and looks for secrets in all that was
// written down meanwhile.
func TestAttacks(t *testing.T) {
	s := besieged(t)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			for _, where := range a.shown {
				if !hasTest(t, where) {
					t.Errorf("there is no %s", where)
				}
			}
			if a.try == nil {
				return
			}
			s := *s
			s.T = t
			before, said := 0.0, len(s.log.String())
			if a.count != "" {
				before = s.metric(a.count)
			}
			if a.try(&s) {
				t.Error("it was done")
			}
			if a.count != "" {
				until(t, "counted in "+a.count, func() bool { return s.metric(a.count) > before })
			}
			if a.log != "" {
				until(t, "logged: "+a.log, func() bool { return strings.Contains(s.log.String()[said:], a.log) })
			}
		})
	}
	if !s.connects("desa-a", s.a) || !s.publishes("siaga/v1/desa-a/live", 1) {
		t.Error("a node of ours is not let in after all that")
	}
	_, audit := s.asks("GET", "http://"+s.c.HTTPAddr()+"/api/v1/audit/export?format=json", "", "Authorization", s.admin())
	if !strings.Contains(audit, "token was used with another key") {
		t.Errorf("audit log: %s", audit)
	}
	for _, secret := range []string{s.token.String(), s.word, "salah", strings.TrimPrefix(s.admin(), "Bearer "), "PRIVATE KEY"} {
		if strings.Contains(s.log.String(), secret) || strings.Contains(audit, secret) {
			t.Errorf("%.12q… was written down", secret)
		}
	}
}

// hasTest looks for a test that is named as "package TestName".
func hasTest(t *testing.T, where string) bool {
	t.Helper()
	folder, name, _ := strings.Cut(where, " ")
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc "+name+"(t ") {
			return true
		}
	}
	return false
}

// enrols shows a token that must be refused by that code.
func enrols(s *siege, token enrolment.Token, want enrolment.Code) bool {
	s.Helper()
	_, err := enrolBy(s.T, token)
	var problem *enrolment.Problem
	if err != nil && (!errors.As(err, &problem) || problem.Code != want) {
		s.Errorf("%v, want %s", err, want)
	}
	return err == nil
}

// forged is a certificate of desa-a that somebody made himself.
func forged(s *siege) trust.Options {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "desa-a"}, URIs: s.a.Certificate.Leaf.URIs,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		s.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		s.Fatal(err)
	}
	return trust.Options{Authorities: s.a.Authorities, Certificate: &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}
}
