package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// desk is a board on a technician's bench, and its center.
type desk struct {
	*testing.T
	center    *enrolmenttest.Center
	dir, file string
}

// newDesk makes a board whose configuration says that, with the data directory in
// the environment.
func newDesk(t *testing.T, configuration string) *desk {
	t.Helper()
	b := &desk{T: t, center: enrolmenttest.New(t, time.Now), dir: t.TempDir()}
	b.file = filepath.Join(b.dir, "siaga-edge.yaml")
	t.Setenv("SIAGA_DATA_DIR", b.dir)
	b.write(b.file, configuration)
	return b
}

func (b *desk) write(file, text string) {
	b.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

func (b *desk) read() string {
	b.Helper()
	text, err := os.ReadFile(b.file)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// enroll runs the command and returns all that a person reads.
func (b *desk) enroll(args ...string) (string, error) {
	b.Helper()
	out, err := siagaEdge(b.Context(), append([]string{"enroll", "--config", b.file}, args...)...)
	if err != nil {
		out += err.Error()
	}
	if strings.Contains(out, enrolment.Prefix) && len(args) > 0 && strings.HasPrefix(args[0], enrolment.Prefix) && strings.Contains(out, args[0]) {
		b.Errorf("the token is shown: %s", out)
	}
	return out, err
}

func (b *desk) enrolled(node string) {
	b.Helper()
	if id, err := enrol.Open(b.dir).Load(); err != nil || string(id.Node) != node {
		b.Errorf("%+v, %v", id, err)
	}
}

const sensors = "sensors:\n  - {id: pm-1, driver: pms5003, port: /dev/siaga-test, interval: 1s}\n"

func TestEnrollANewBoard(t *testing.T) {
	b := newDesk(t, "")
	out, err := b.enroll(b.center.Token("uji-01").String())
	if err != nil {
		t.Fatal(err, out)
	}
	b.enrolled("uji-01")
	for _, want := range []string{"kunci dibuat", "menghubungi " + b.center.Address(), "✓ Terdaftar sebagai uji-01, desa 35.05.12.1001", "node dan desa ditulis", "siaga-edge scan --write"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if text := b.read(); !strings.HasPrefix(text, "node: \"uji-01\" #") || !strings.Contains(text, "\nsite: \"35.05.12.1001\" #") {
		t.Error(text)
	}
}

// TestEnrollKeepsTheConfiguration: only what is missing is put in.
func TestEnrollKeepsTheConfiguration(t *testing.T) {
	whole := "# mine\n\nnode: uji-01 # kept\r\nsite: \"35.05.12.1001\"\n" + sensors
	for name, tc := range map[string]struct{ before, after, says string }{
		"whole":                          {whole, whole, "siaga-edge doctor"},
		"no site":                        {"# mine\nnode: uji-01\n" + sensors, "# mine\nsite: \"35.05.12.1001\" # dari pendaftaran; kode Kemendagri desa atau kelurahan\nnode: uji-01\n" + sensors, "ditulis ke"},
		"only a comment, without an end": {"# mine", "# mine\nnode: \"uji-01\" # dari pendaftaran; selamanya: node yang pindah desa mendapat id baru\nsite: \"35.05.12.1001\" # dari pendaftaran; kode Kemendagri desa atau kelurahan\n", "ditulis ke"},
		"empty":                          {"", "node: \"uji-01\" # dari pendaftaran; selamanya: node yang pindah desa mendapat id baru\nsite: \"35.05.12.1001\" # dari pendaftaran; kode Kemendagri desa atau kelurahan\n", "ditulis ke"},
		"a document":                     {"---\nsite: \"35.05.12.1001\"\n", "---\nnode: \"uji-01\" # dari pendaftaran; selamanya: node yang pindah desa mendapat id baru\nsite: \"35.05.12.1001\"\n", "ditulis ke"},
		"a broker of its own": {
			"node: uji-01\nsite: \"35.05.12.1001\"\nmqtt: {url: \"tcp://10.0.0.5:1883\"}\n" + sensors,
			"node: uji-01\nsite: \"35.05.12.1001\"\nmqtt: {url: \"tcp://10.0.0.5:1883\"}\n" + sensors, "masih tcp://10.0.0.5:1883",
		},
		"another site": {"node: uji-01\nsite: \"35.05.12.1002\"\n" + sensors, "node: uji-01\nsite: \"35.05.12.1002\"\n" + sensors, "pusat mencatat 35.05.12.1001"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newDesk(t, tc.before)
			out, err := b.enroll(b.center.Token("uji-01").String())
			if err != nil {
				t.Fatal(err, out)
			}
			b.enrolled("uji-01")
			if got := b.read(); got != tc.after {
				t.Errorf("%q, want %q", got, tc.after)
			}
			if !strings.Contains(out, tc.says) {
				t.Errorf("%q is not in\n%s", tc.says, out)
			}
		})
	}
}

func TestEnrollFromFileAndInput(t *testing.T) {
	b := newDesk(t, "")
	file := filepath.Join(b.dir, "siaga-token-uji-01.txt")
	b.write(file, b.center.Token("uji-01").String()+"\r\n")
	if out, err := b.enroll(file); err != nil {
		t.Error(err, out)
	}
	cmd := command()
	text := b.center.Token("uji-01").String()
	cmd.SetIn(strings.NewReader(text[:50] + "\n" + text[50:] + "\n"))
	var out strings.Builder
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"enroll", "--lang", "en", "--config", b.file, "-"})
	if err := cmd.ExecuteContext(t.Context()); err != nil || !strings.Contains(out.String(), "✓ Enrolled as uji-01") {
		t.Error(err, out.String())
	}
}

func TestEnrollRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		config string
		token  func(*desk) string
		want   []string
	}{
		"damaged":   {"", func(b *desk) string { return b.center.Token("uji-01").String()[:60] }, []string{"token tidak utuh", "QR"}},
		"no token":  {"", func(*desk) string { return "sutojayan" }, []string{"bukan token", "salin token seutuhnya"}},
		"another":   {"node: uji-02\n", func(b *desk) string { return b.center.Token("uji-01").String() }, []string{"untuk node uji-01", "node uji-02", "siaga node token uji-02"}},
		"no YAML":   {"node: [\n", func(b *desk) string { return b.center.Token("uji-01").String() }, []string{"read configuration"}},
		"in braces": {"{node: uji-01}\n", func(b *desk) string { return b.center.Token("uji-01").String() }, []string{"one below the other"}},
		"expired": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			b.center.Expire(token)
			return token.String()
		}, []string{"masa berlaku token sudah habis", "siaga node token"}},
		"withdrawn": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			b.center.Withdraw(token)
			return token.String()
		}, []string{"token sudah ditarik", "siaga node token"}},
		"used": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			if _, err := enrol.Open(b.TempDir()).Enrol(context.Background(), token, enrol.Options{}); err != nil {
				b.Fatal(err)
			}
			return token.String()
		}, []string{"sudah dipakai oleh papan lain"}},
		"unknown": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			token.Secret[0]++
			return token.String()
		}, []string{"tidak mengenal token ini"}},
		"retired": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			b.center.Retire("uji-01")
			return token.String()
		}, []string{"dipensiunkan", "siaga node add"}},
		"unreached": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			token.Centers = []string{"127.0.0.1:1", "tidak-ada.invalid:8883"}
			return token.String()
		}, []string{"127.0.0.1:1: tidak ada yang menjawab", "tidak-ada.invalid:8883: ", "tidak terjangkau", "token yang sama"}},
		"listened in": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			token.CA[0]++
			return token.String()
		}, []string{"bukan pusat yang membuat token"}},
		"busy": {"", func(b *desk) string {
			b.center.Refuse = enrolment.Refuse(enrolment.Busy, "")
			return b.center.Token("uji-01").String()
		}, []string{"sedang sibuk", "token yang sama"}},
		"another authority": {"", func(b *desk) string {
			token := b.center.Token("uji-01")
			b.center.Change = func(a *enrolment.Answer) { a.CAs = nil }
			return token.String()
		}, []string{"jawaban pusat tidak dapat dipakai"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newDesk(t, tc.config)
			out, err := b.enroll(tc.token(b))
			if err == nil {
				t.Fatal("enrolled: ", out)
			}
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
			if id, err := enrol.Open(b.dir).Load(); err == nil {
				t.Errorf("%+v", id)
			}
		})
	}
}

// TestABoardIsOneNode: a token for another one wants it said in the configuration.
func TestABoardIsOneNode(t *testing.T) {
	b := newDesk(t, "")
	if out, err := b.enroll(b.center.Token("uji-01").String()); err != nil {
		t.Fatal(err, out)
	}
	b.write(b.file, "")
	other := b.center.Token("uji-02").String()
	if out, err := b.enroll(other); err == nil || !strings.Contains(out, "sudah terdaftar sebagai uji-01") {
		t.Error(err, out)
	}
	b.write(b.file, "node: uji-02\n")
	if out, err := b.enroll(other); err != nil {
		t.Error(err, out)
	}
	b.enrolled("uji-02")
}

// TestEnrollIn1970 is the first minute of a board: no configuration, no clock.
func TestEnrollIn1970(t *testing.T) {
	b := newDesk(t, "")
	if err := os.Remove(b.file); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cfg := enrollDesk{Lang: "id", file: b.file, out: &out, now: func() time.Time { return time.Unix(17, 0) }}
	cfg.cfg.DataDir = b.dir
	if err := cfg.run(t.Context(), b.center.Token("uji-01").String(), nil); err != nil || !strings.Contains(out.String(), "Jam node ini berbeda dari jam pusat: di sini 1970-01-01 00:00 UTC, ") {
		t.Error(err, out.String())
	}
	if text := b.read(); !strings.HasPrefix(text, "node: \"uji-01\" #") {
		t.Error(text)
	}
}

// TestEnrollWithItsOwnUsedToken: nobody is asked, and so nothing is said of how the
// node stands at its center.
func TestEnrollWithItsOwnUsedToken(t *testing.T) {
	b := newDesk(t, "")
	token := b.center.Token("uji-01")
	if out, err := b.enroll(token.String()); err != nil {
		t.Fatal(err, out)
	}
	b.center.Retire("uji-01")
	before := b.read()
	for lang, wants := range map[string][]string{
		"id": {"token ini sudah dipakai node ini", "terdaftar sebagai uji-01, desa 35.05.12.1001", "Pusat belum ditanya", "siaga-edge scan --write"},
		"en": {"this node has used this token already", "enrolled as uji-01, site 35.05.12.1001", "The center was not asked", "siaga-edge scan --write"},
	} {
		out, err := b.enroll(token.String(), "--lang", lang)
		if err != nil || strings.Contains(out, "✓") || strings.Contains(out, "menghubungi") {
			t.Error(err, out)
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
	}
	if after := b.read(); after != before {
		t.Errorf("%q, want %q", after, before)
	}
}

func TestFetchForTheService(t *testing.T) {
	b := newDesk(t, "")
	card := t.TempDir()
	token := filepath.Join(card, "siaga-token-uji-01.txt")
	b.write(token, b.center.Token("uji-01").String())
	b.write(b.file, fmt.Sprintf("enrol: {token_files: [%q]}\n", filepath.Join(card, "siaga-token*.txt")))
	if out, err := b.enroll("--fetch"); err != nil {
		t.Error(err, out)
	}
	if _, err := os.Stat(token); !os.IsNotExist(err) {
		t.Error(err)
	}
	if all, err := filepath.Glob(enrol.Fetched(b.dir)); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
}
