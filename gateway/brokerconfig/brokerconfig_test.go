package brokerconfig

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

func options() Options {
	return Options{
		Dir: "/etc/siaga-broker", Nodes: "0.0.0.0:8883", Users: "[::1]:8884", Center: "center",
		Ingesters: []string{"ingest-1"}, Barred: []reading.NodeID{"stolen-01"},
	}
}

func TestMistakesAreTold(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"a relative folder":        {func(o *Options) { o.Dir = "siaga" }, "absolute"},
		"a folder with a quote":    {func(o *Options) { o.Dir = `/a"b` }, "absolute"},
		"an address without port":  {func(o *Options) { o.Nodes = "0.0.0.0" }, "host:port"},
		"no center":                {func(o *Options) { o.Center = "" }, "no user name"},
		"a name with a line break": {func(o *Options) { o.Ingesters = []string{"a\ntopic write #"} }, "want lower-case"},
		"one name twice":           {func(o *Options) { o.Ingesters = []string{"center"} }, "stands twice"},
	} {
		o := options()
		tc.change(&o)
		for _, write := range []func(Options) ([]File, error){Mosquitto, EMQX} {
			if files, err := write(o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: %v, %d files, want %q", name, err, len(files), tc.want)
			}
		}
	}
}

// What a barred node was is said before what every node may: the first line that
// matches decides.
func TestBarredComeFirst(t *testing.T) {
	for name, write := range map[string]func(Options) ([]File, error){"nodes.acl": Mosquitto, "acl.conf": EMQX} {
		files, err := write(options())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.Name != name {
				continue
			}
			barred, all := strings.Index(f.Text, "stolen-01"), strings.Index(f.Text, "siaga/v1/")
			if barred < 0 || barred > all || f.Mode != 0o600 {
				t.Errorf("%s, mode %v:\n%s", name, f.Mode, f.Text)
			}
			name = ""
		}
		if name != "" {
			t.Errorf("no file %s", name)
		}
	}
}

func TestListenersAsMosquittoWantsThem(t *testing.T) {
	files, err := Mosquitto(options())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"listener 8883 0.0.0.0\n", "listener 8884 ::1\n", "crlfile /etc/siaga-broker/revoked.pem\n"} {
		if !strings.Contains(files[0].Text, want) {
			t.Errorf("no line %q in\n%s", want, files[0].Text)
		}
	}
}

// The passwords' file is checked as Mosquitto 2.0 does it.
func TestMosquittoPasswords(t *testing.T) {
	text, err := MosquittoPasswords([]Login{{"center", "rahasia"}, {"ingest-1", "rahasia"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 2 || strings.Contains(text, "rahasia") || lines[0][len("center"):] == lines[1][len("ingest-1"):] {
		t.Errorf("wrote\n%s", text)
	}
	f := strings.Split(strings.TrimPrefix(lines[0], "center:"), "$") // "", 7, rounds, salt, hash
	rounds, err := strconv.Atoi(f[2])
	if err != nil || f[1] != "7" {
		t.Fatal(lines[0])
	}
	salt, saltErr := base64.StdEncoding.DecodeString(f[3])
	hash, hashErr := base64.StdEncoding.DecodeString(f[4])
	want, err := pbkdf2.Key(sha512.New, "rahasia", salt, rounds, 64)
	if saltErr != nil || hashErr != nil || err != nil || len(salt) != 12 || !bytes.Equal(hash, want) {
		t.Errorf("%s: salt of %d bytes, %v, %v, %v", lines[0], len(salt), saltErr, hashErr, err)
	}
}
