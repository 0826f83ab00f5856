package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
)

// From nothing to a node that can enrol is one command.
func TestANodeIsAddedWithItsToken(t *testing.T) {
	o := openOffice(t)
	out := o.does(words("node add sutojayan-01 --site 35.05.12.1005"), "terdaftar di 35.05.12.1005", "siaga site set 35.05.12.1005", "sudo siaga-edge enroll SIAGA1.", "█")
	_, after, _ := strings.Cut(out, "siaga-edge enroll ")
	text, _, _ := strings.Cut(after, "\n")
	token, err := enrolment.ParseToken(text)
	if err != nil || token.Node != "sutojayan-01" {
		t.Errorf("%q: %+v, %v", text, token, err)
	}
	o.does(words("site set 35.05.12.1005 --name Sutojayan --district Sutojayan --lat -8.1856 --lon 112.2194"), "Sutojayan", "-8.1856")
	o.does(words("node token sutojayan-01 --valid 30d --lang en"), "Type on the node")
	var made struct{ ID, Token string }
	if err := json.Unmarshal([]byte(o.does(words("node token sutojayan-01 --json"))), &made); err != nil || made.Token == "" {
		t.Fatalf("%+v, %v", made, err)
	}
	o.does([]string{"node", "token", "--withdraw", made.ID}, "dibatalkan")
	o.does(words("node list"), "sutojayan-01", "belum terdengar", "Sutojayan")

	o.refused("sudah terdaftar", words("node add sutojayan-01 --site 35.05.12.1005")...)
	o.refused("adalah kata yang dipakai sistem", words("node add fleet --site 35.05.12.1005")...)
	o.refused("Kemendagri", words("node add jegu-01 --site 3505")...)
	o.refused("tertukar", words("site set 35.05.12.1005 --lat 112.2 --lon -8.1")...)
	o.refused("sebutkan satu NODE", words("node token")...)
	o.refused("site", words("node add jegu-01")...)
}

func TestTokensForATour(t *testing.T) {
	o := openOffice(t)
	for _, node := range []string{"sutojayan-01", "jegu-01", "tua-01"} {
		o.does([]string{"node", "add", node, "--site", "35.05.12.1005", "--no-token"})
	}
	o.does(words("node retire tua-01 --reason dicuri"), "dipensiunkan")
	dir := filepath.Join(t.TempDir(), "tokens")
	o.does([]string{"node", "token", "--all", "--valid", "30d", "--out", dir}, "2 berkas", ", berlaku 30 hari. ")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 || files[0].Name() != "siaga-token-jegu-01.txt" {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if token, err := enrolment.ParseToken(strings.TrimSpace(string(text))); err != nil || "siaga-token-"+string(token.Node)+".txt" != f.Name() {
			t.Errorf("%s holds %+v, %v", f.Name(), token, err)
		}
	}
	if _, err := run(t, append([]string{"node", "token", "--all", "--out", dir}, o.flags...)...); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over older files: %v", err)
	}
}

func TestWhatIsKnownOfANodeIsShown(t *testing.T) {
	o := openOffice(t)
	o.does(words("node add sutojayan-01 --site 35.05.12.1005 --no-token"))
	o.does([]string{"node", "set", "sutojayan-01", "--model", "Raspberry Pi 4B", "--note", "kunci di Pak RT"}, "Tersimpan")
	o.does([]string{"node", "set", "sutojayan-01", "--sensor", "sungai-1", "--model", "A02YYUW", "--datum", "4.4", "--since", "2026-02-03"})
	o.does([]string{"node", "set", "sutojayan-01", "--sensor", "sungai-1", "--serial", "7"})
	o.does(append(words("node level set sutojayan-01 sungai-1 --from 2026-01-01 --level 0:Normal:#2e9e5b --level"), "1:Siaga III:#f2c200:150:140"), "Siaga III", "150")
	o.does(words("node level list sutojayan-01"), "mulai 2026-01-01")
	o.does([]string{"node", "log", "add", "sutojayan-01", "kipas", "dibersihkan", "--who", "Sri"}, "kipas dibersihkan")
	o.does(words("node log list sutojayan-01"), "Sri")
	o.does(words("node show sutojayan-01 --history"), "Raspberry Pi 4B", "kunci di Pak RT", "A02YYUW", "7", "4,4 m", "Siaga III", "node.add", "system", "note: - → kunci di Pak RT")
	o.does(words("node show sutojayan-01 --json"), `"datum_m": 4.4`, `"invented": false`)
	o.does(words("node set sutojayan-01 --sensor sungai-1 --remove"))
	if out := o.does(words("node show sutojayan-01")); strings.Contains(out, "A02YYUW") {
		t.Errorf("the sensor is still there:\n%s", out)
	}

	o.refused("--sensor", words("node set sutojayan-01 --datum 4.4")...)
	o.refused("--site", words("node set sutojayan-01 --sensor pm-1 --site 35.05.12.1005")...)
	o.refused("--model", words("node set sutojayan-01")...)
	o.refused("404", words("node show nowhere-01")...)
	o.refused("RANK:NAME", words("node level set sutojayan-01 sungai-1 --from 2026-01-01 --level 1:x")...)
	o.refused("lebih tinggi", words("node level set sutojayan-01 sungai-1 --from 2026-01-01 --level 0:a:#000000 --level 1:b:#000000:100:110")...)
}

func TestEventsArePlannedAndCalledOff(t *testing.T) {
	o := openOffice(t)
	o.does(words("node add sutojayan-01 --site 35.05.12.1005 --no-token"))
	o.does(append(words("node event add --node sutojayan-01 --for 4h --reason"), "aki diganti"), "perbaikan", "aki diganti", "system")
	o.does(words("node event add --gauge sutojayan-01/sungai-1 --kind other --from +24h --for 2d --reason kalibrasi"), "lain")
	o.does(words("node list"), "perbaikan sampai")
	o.does(words("node event cancel 2"), "DIBATALKAN")
	o.does(words("node event cancel 1"))
	if out := o.does(words("node list")); strings.Contains(out, "perbaikan") {
		t.Errorf("it is still under repair:\n%s", out)
	}
	o.does(words("node event list"), "aki diganti", "DIBATALKAN: kalibrasi")
	for says, args := range map[string]string{
		"--river":         "node event add --for 4h --reason x",
		"hanya satu":      "node event add --node sutojayan-01 --river Brantas --for 4h --reason x",
		"--to atau --for": "node event add --node sutojayan-01 --reason x",
		"bukan sungai":    "node event add --river Ciliwung --for 4h --reason x",
		"--from":          "node event add --node sutojayan-01 --from besok --for 4h --reason x",
		"sudah selesai":   "node event cancel 2",
		`"x"`:             "node event cancel x",
	} {
		o.refused(says, words(args)...)
	}
}

func TestImportIsShownFirst(t *testing.T) {
	o := openOffice(t)
	file := filepath.Join(t.TempDir(), "node.csv")
	keep(t, filepath.Dir(file), "node.csv", "node,site,note\nsutojayan-01,35.05.12.1005,satu\njegu-01,35.05.12.1008,dua\n")
	o.does([]string{"node", "import", file}, "baru node:sutojayan-01 (baris 2)", "note: - → dua", "Belum disimpan", "! 35.05.12.1008")
	if all, err := o.reg.Nodes(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("a preview left %v, %v", all, err)
	}
	o.does([]string{"node", "import", file, "--yes"}, "2 perubahan tersimpan")
	o.does([]string{"node", "import", file, "--yes"}, "Tidak ada yang berubah")
	whole := filepath.Join(t.TempDir(), "inventaris.json")
	o.does([]string{"node", "export", whole})
	if info, err := os.Stat(whole); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the export is %v, %v", info.Mode(), err)
	}
	o.does([]string{"node", "import", whole}, "Tidak ada yang berubah")
	o.does(words("node export --table nodes"), "node,site,model,serial,note,retired\njegu-01,")

	keep(t, filepath.Dir(file), "node.csv", "node,site\nbacem-01,35.05.12.2009\ncenter,35.05.12.2009\n")
	o.refused("baris 3, node:center node", "node", "import", file, "--yes")
	if all, err := o.reg.Nodes(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("half of it was taken: %v, %v", all, err)
	}
	o.refused("no such file", "node", "import", "/nonexistent.csv")
}

func TestLostPacksAreDeclared(t *testing.T) {
	o := openOffice(t)
	if err := o.reg.Stored(t.Context(), []registry.StoredRange{{Node: "sutojayan-01", Epoch: "e1", From: 5, To: 5}}); err != nil {
		t.Fatal(err)
	}
	o.does(append(words("node lost sutojayan-01 e1 1-3 --who Budi --reason"), "kartu mati"), "3 paket")
	o.does(append(words("node lost sutojayan-01 e1 4 --who Budi --reason"), "kartu mati"), "1 paket")
	o.does(words("node show sutojayan-01"), "(celah)", "e1", "1-4", "hilang", "kartu mati", "Budi")
	o.refused("9-10", words("node lost sutojayan-01 e1 3-1 --reason x")...)
	o.refused("404", words("node lost sutojayan-01 e9 1-3 --who Budi --reason x")...)
}

// What is drawn is the code that the library made, dark where it is dark.
func TestQRCodeIsDrawnWhole(t *testing.T) {
	const text = "SIAGA1.abcdefghijklmnopqrstuvwxyz0123456789"
	var out bytes.Buffer
	if err := printQR(&out, text); err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != (code.Size+2*quiet+1)/2 {
		t.Fatalf("%d lines for %d modules", len(lines), code.Size)
	}
	for y := range code.Size + 2*quiet {
		cells := []rune(lines[y/2])
		for x := range code.Size + 2*quiet {
			half := "▀█"
			if y%2 == 1 {
				half = "▄█"
			}
			if light := strings.ContainsRune(half, cells[x]); light == code.Black(x-quiet, y-quiet) {
				t.Fatalf("module %d, %d is drawn wrongly", x, y)
			}
		}
	}
}

func TestDemoGaugesHaveLevelsThatAreMarked(t *testing.T) {
	reg, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Demo})
	if err != nil {
		t.Fatal(err)
	}
	defer reg.Close()
	villages := len(world.Villages()) + 1
	err = reg.PutSites(t.Context(), sites(true))
	for node, site := range nodes(villages) {
		err = errors.Join(err, reg.Claim(t.Context(), node, site))
	}
	for range 2 { // as at two starts
		err = errors.Join(err, reg.PutLevels(t.Context(), registry.Actor{Name: "system"}, levels(villages)))
	}
	all, listErr := reg.Assets(t.Context())
	if err := errors.Join(err, listErr); err != nil || len(all) != villages {
		t.Fatalf("%d nodes, %v", len(all), err)
	}
	for _, n := range all {
		if len(n.Levels) != 1 || !n.Levels[0].Invented || len(n.Levels[0].Levels) != 4 {
			t.Errorf("%s: %+v", n.ID, n.Levels)
		}
	}
}

func TestTimesAsPeopleSayThem(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"now": now, "sekarang": now, "+4h": now.Add(4 * time.Hour), "+2d": now.Add(48 * time.Hour),
		"2026-03-02 08:30":          time.Date(2026, 3, 2, 8, 30, 0, 0, time.Local),
		"2026-03-02":                time.Date(2026, 3, 2, 0, 0, 0, 0, time.Local),
		"2026-03-02T08:30:00+07:00": time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC),
	} {
		if got, err := parseWhen(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "besok", "+", "+x", "2026-13-01"} {
		if _, err := parseWhen(text, now); err == nil {
			t.Errorf("%q was taken for a time", text)
		}
	}
	for said, want := range map[string][2]string{
		"24h": {"1 hari", "1 day"}, "30d": {"30 hari", "30 days"}, "60m": {"1 jam", "1 hour"}, "36h": {"36 jam", "36 hours"},
		"90m": {"90 menit", "90 minutes"}, "1m": {"1 menit", "1 minute"}, "90s": {"90 detik", "90 seconds"}, "1s": {"1 detik", "1 second"}, "1500ms": {"1.5s", "1.5s"},
	} {
		var s span
		if err := s.Set(said); err != nil || s.words(indonesian) != want[0] || s.words(english) != want[1] {
			t.Errorf("%s: %q, %q, %v", said, s.words(indonesian), s.words(english), err)
		}
	}
	for _, text := range []string{"", "0d", "-1h", "d", "99999d", "4"} {
		if err := new(span).Set(text); err == nil {
			t.Errorf("%q was taken for a duration", text)
		}
	}
}
