package gateway

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The set-up link is told as another machine opens it, too, where one can.
func TestSetUpLinkForAnotherMachine(t *testing.T) {
	for name, tc := range map[string]struct {
		secure SecureConfig
		host   string // %PORT% is the secure port that was taken
	}{
		"no secure address": {},
		"where it listens":  {SecureConfig{Addrs: []string{"127.0.0.1:0"}}, "127.0.0.1:%PORT%"},
		"by its name":       {SecureConfig{Addrs: []string{"127.0.0.1:0"}, Names: []string{"pusat.example", "10.20.0.2:443"}}, "pusat.example:%PORT%"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t.TempDir())
			cfg.Secure = tc.secure
			c, err := Open(t.Context(), cfg, deps())
			if err != nil {
				t.Fatal(err)
			}
			here, secret, _ := strings.Cut(c.SetupURL(), "#setup=")
			want := []string{here + "#setup=" + secret}
			if tc.host != "" {
				_, port, _ := strings.Cut(c.SecureAddrs()[0], ":")
				want = append(want, "https://"+strings.Replace(tc.host, "%PORT%", port, 1)+"/masuk#setup="+secret)
			}
			if got := c.SetupURLs(); secret == "" || !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			file, err := c.KeepSetupURL()
			if err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != strings.Join(want, "\n")+"\n" {
				t.Errorf("%q, %v", text, err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
