package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/enrolment"
)

func newEnroll() *cobra.Command {
	var fetch bool
	cmd := &cobra.Command{
		Use:   "enroll TOKEN",
		Short: "Daftarkan node ini ke pusat dengan token sekali pakai (enrol this node at its center by a one-time token)",
		Long: `Mendaftarkan node ini ke pusat. TOKEN berasal dari "siaga node add" atau "siaga node token" di pusat:
teksnya, nama berkas yang berisi token, atau - untuk membacanya dari masukan.
Kunci dibuat di node ini dan tidak pernah keluar. Bila gagal di tengah jalan, ulangi dengan token yang sama.
(Enrols this node at its center. TOKEN comes from "siaga node add" or "siaga node token" there:
its text, a file that holds it, or - to read it from the input.
The key is made on this node and never leaves it. When it fails half way, repeat it with the same token.)`,
		Args: func(cmd *cobra.Command, args []string) error {
			if fetch {
				return cobra.NoArgs(cmd, args)
			}
			if len(args) != 1 {
				return errors.New("sebutkan tokennya: siaga-edge enroll TOKEN (name the token)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file, cfg, lang, err := settings(cmd)
			if file == "" {
				return err // else what of the configuration is wrong may be what is mended here
			}
			if fetch {
				return enrol.Fetch(cfg.Enrol.TokenFiles, cfg.DataDir)
			}
			d := enrollDesk{Lang: lang, file: file, cfg: cfg, out: cmd.OutOrStdout(), now: time.Now}
			return d.run(cmd.Context(), args[0], cmd.InOrStdin())
		},
	}
	cmd.Flags().BoolVar(&fetch, "fetch", false, "untuk layanan: pindahkan berkas token dari partisi boot (for the service: move token files away from the boot partition)")
	return cmd
}

// minute is how a clock is shown.
const minute = "2006-01-02 15:04 UTC"

// enrollDesk is an enrolment at work.
type enrollDesk struct {
	explain.Lang
	file string
	cfg  edge.Config
	out  io.Writer
	now  func() time.Time
}

func (d enrollDesk) say(id, en string, args ...any) { fmt.Fprintln(d.out, d.Say(id, en, args...)) }

// errorf is an error in the person's language; a last argument that is an error is
// what it wraps.
func (d enrollDesk) errorf(id, en string, args ...any) error {
	return fmt.Errorf(d.Pick(id, en), args...)
}

func (d enrollDesk) run(ctx context.Context, text string, input io.Reader) error {
	token, err := d.token(text, input)
	if err != nil {
		return err
	}
	station, err := readStation(d.file)
	if err != nil {
		return err
	}
	store := enrol.Open(d.cfg.DataDir)
	if err := d.check(store, station, token); err != nil {
		return err
	}
	d.say("Node %s: mendaftar …", "Node %s: enrolling …", token.Node)
	asked := true
	id, err := store.Enrol(ctx, token, enrol.Options{
		Now: d.now, Earliest: func() time.Time { return edge.Earliest(d.cfg.DataDir) },
		Tell: func(e enrol.Event) {
			asked = asked && e.Step != enrol.Already
			d.tell(e)
		},
	})
	if err != nil {
		return d.explain(err)
	}
	if !asked {
		d.say("Yang tersimpan di node ini: terdaftar sebagai %s, desa %s; sertifikat dari pusat pada %s, sampai %s. Pusat belum ditanya: bila node ini dipensiunkan di sana, token ini tidak menolongnya; periksa dengan doctor.",
			"What this node holds: enrolled as %s, site %s; certificate from the center on %s, until %s. The center was not asked: where it has retired this node, this token does not help; look with doctor.",
			id.Node, id.Site, id.Told.Format(time.DateOnly), id.Until().Format(time.DateOnly))
		return d.settle(station, id)
	}
	d.say("✓ Terdaftar sebagai %s, desa %s. Sertifikat berlaku sampai %s dan diperbarui sendiri mulai %s.",
		"✓ Enrolled as %s, site %s. The certificate is valid until %s and renews itself from %s.",
		id.Node, id.Site, id.Until().Format(time.DateOnly), id.RenewAfter.Format(time.DateOnly))
	if d.now().Sub(id.Told).Abs() > 5*time.Minute {
		d.say("! Jam node ini berbeda dari jam pusat: di sini %s, di pusat %s. Pembacaan memakai jam pusat sampai jam node selaras.",
			"! This node's clock is not the center's: here it is %s, there %s. Readings go by the center's until this one is synchronised.",
			d.now().UTC().Format(minute), id.Told.UTC().Format(minute))
	}
	return d.settle(station, id)
}

// token reads a token from where text says.
func (d enrollDesk) token(text string, input io.Reader) (enrolment.Token, error) {
	var token enrolment.Token
	var err error
	switch {
	case text == "-":
		var read []byte
		if read, err = io.ReadAll(io.LimitReader(input, 16<<10)); err == nil {
			token, err = enrolment.ParseToken(string(read))
		}
	case strings.HasPrefix(strings.TrimSpace(text), enrolment.Prefix):
		token, err = enrolment.ParseToken(text)
	default:
		if token, err = enrol.ReadTokenFile(text); errors.Is(err, fs.ErrNotExist) {
			return token, d.errorf("bukan token (yang dimulai dengan %s) dan tidak ada berkas bernama itu: salin token seutuhnya",
				"neither a token, which begins with %s, nor a file of that name: copy the whole token", enrolment.Prefix)
		}
	}
	if errors.Is(err, enrolment.ErrToken) {
		return token, d.errorf("token tidak utuh: salin lagi seutuhnya, atau pindai lagi kode QR-nya (%w)",
			"the token is not whole: copy it again, or scan its QR code again (%w)", err)
	}
	return token, err
}

// check refuses what would make this node two.
func (d enrollDesk) check(store *enrol.Store, s station, token enrolment.Token) error {
	if s.Node != "" {
		if s.Node != string(token.Node) {
			return d.errorf("token ini untuk node %[1]s, sedangkan %[2]s menyebut node %[3]s. Minta token untuk %[3]s (di pusat: siaga node token %[3]s), atau ubah node di %[2]s bila papan ini memang menjadi %[1]s",
				"this token is for node %[1]s, while %[2]s says node %[3]s. Ask for a token for %[3]s (at the center: siaga node token %[3]s), or change node in %[2]s if this board is to become %[1]s", token.Node, d.file, s.Node)
		}
		return nil
	}
	if id, err := store.Load(); err == nil && id.Node != token.Node {
		return d.errorf("papan ini sudah terdaftar sebagai %[2]s, token ini untuk %[1]s. Minta token untuk %[2]s, atau tulis \"node: %[1]s\" di %[3]s bila papan ini memang menjadi %[1]s",
			"this board is enrolled as %[2]s, and the token is for %[1]s. Ask for a token for %[2]s, or write \"node: %[1]s\" into %[3]s if this board is to become %[1]s", token.Node, id.Node, d.file)
	}
	return nil
}

// tell shows a step as soon as it is done.
func (d enrollDesk) tell(e enrol.Event) {
	switch e.Step {
	case enrol.KeyMade:
		d.say("✓ kunci dibuat; tidak pernah keluar dari node ini", "✓ key made; it never leaves this node")
	case enrol.KeyKept:
		d.say("✓ kunci dari percobaan sebelumnya dipakai lagi", "✓ the key of the attempt before is used again")
	case enrol.Asking:
		d.say("… menghubungi %s", "… asking %s", e.Address)
	case enrol.Unreached:
		d.say("! %s: %s", "! %s: %s", e.Address, explain.Center(e.Err, d.now(), d.Lang))
	case enrol.Stored:
		d.say("✓ sertifikat tersimpan", "✓ certificate stored")
	case enrol.Already:
		d.say("– token ini sudah dipakai node ini; tidak ada yang diminta lagi", "– this node has used this token already; nothing is asked for again")
	}
}

// settle writes node and site where the configuration has none, and says what comes
// next.
func (d enrollDesk) settle(s station, id *enrol.Identity) error {
	wrote, err := s.complete(id, d.Lang)
	switch {
	case errors.Is(err, fs.ErrPermission):
		d.say("! %s tidak boleh ditulis; node dan desa diambil dari pendaftaran ini", "! %s may not be written; node and site are taken from this enrolment", d.file)
	case err != nil:
		return err
	case wrote:
		d.say("✓ node dan desa ditulis ke %s", "✓ node and site written to %s", d.file)
	}
	if s.Site != "" && s.Site != string(id.Site) {
		d.say("! %s menyebut desa %s, pusat mencatat %s: betulkan salah satunya", "! %s says site %s, the center has %s: correct one of them", d.file, s.Site, id.Site)
	}
	if s.MQTT.URL != "" {
		d.say("! mqtt.url di %s masih %s: hapus baris itu agar node memakai alamat pusat dari pendaftaran (%s)",
			"! mqtt.url in %s is still %s: remove that line so that the node uses the center's addresses (%s)", d.file, s.MQTT.URL, strings.Join(id.URLs(), ", "))
	}
	if !s.Sensors {
		d.say("Selanjutnya: sudo siaga-edge scan --write   (cari sensor; layanan mulai sendiri setelah itu)", "Next: sudo siaga-edge scan --write   (find the sensors; the service begins by itself then)")
		return nil
	}
	d.say("Selanjutnya: sudo siaga-edge doctor   (periksa semuanya)", "Next: sudo siaga-edge doctor   (check everything)")
	return nil
}
