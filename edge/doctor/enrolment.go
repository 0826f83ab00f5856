package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
)

const (
	// renewalLate is how long after its time a renewal may be outstanding, for a node
	// that is seldom connected.
	renewalLate = 7 * 24 * time.Hour
	// renewable is for how long after its end a certificate can be renewed.
	renewable = 365 * 24 * time.Hour
	// centerEnds is how long before its end the center's own certificate is worth a
	// word: by then it should have been renewed.
	centerEnds = 14 * 24 * time.Hour
)

// enrolment looks at the node's identity, and at whether the center at each of its
// addresses is the one that gave it.
func (x *exam) enrolment(ctx context.Context) []Line {
	id, err := x.Identity()
	switch {
	case errors.Is(err, enrol.ErrNone) && x.Config.MQTT.URL != "":
		return []Line{x.ok(x.Say("tidak terdaftar; mqtt.url menyebut %s", "not enrolled; mqtt.url says %s", x.Config.MQTT.URL))}
	case errors.Is(err, enrol.ErrNone):
		text := x.Pick("belum terdaftar", "not enrolled")
		if x.Config.Node != "" { // else it waits, and sends nothing
			text = x.Say("belum terdaftar; mengirim tanpa enkripsi ke %s", "not enrolled; it sends unencrypted to %s", edge.PlainBroker)
		}
		return []Line{x.warn(text,
			x.Pick("Minta token di pusat (siaga node add atau siaga node token), lalu: sudo siaga-edge enroll TOKEN",
				"Ask for a token at the center (siaga node add or siaga node token), then: sudo siaga-edge enroll TOKEN"))}
	case errors.Is(err, fs.ErrPermission):
		return []Line{x.unknown(x.Pick("tidak diketahui tanpa hak: jalankan dengan sudo", "not known without the right to look: run this with sudo"))}
	case err != nil:
		return []Line{x.fail(err.Error(), x.newToken())}
	}
	return append([]Line{x.certificate(id)}, each(id.Centers, func(address string) Line { return x.address(ctx, id, address) })...)
}

func (x *exam) newToken() string {
	return x.Pick("Minta token baru di pusat (siaga node token NODE), lalu: sudo siaga-edge enroll TOKEN",
		"Ask for a new token at the center (siaga node token NODE), then: sudo siaga-edge enroll TOKEN")
}

// certificate is how the node's certificate stands by this machine's clock.
func (x *exam) certificate(id *enrol.Identity) Line {
	now := x.Now()
	text := x.Say("terdaftar sebagai %s, sertifikat sampai %s, diperbarui sendiri mulai %s; pusat: %s",
		"enrolled as %s, certificate until %s, renewed by itself from %s; center: %s",
		id.Node, id.Until().Format(time.DateOnly), id.Due().Format(time.DateOnly), strings.Join(id.Centers, ", "))
	if id.Tentative() {
		text += x.Pick(" (alamat baru, sedang dicoba)", " (new addresses, being tried)")
	}
	network := x.Pick("Perbaiki jalan ke pusat: pembaruan berjalan sendiri begitu pusat terjangkau.", "Mend the way to the center: the renewal runs by itself as soon as it is reached.")
	switch {
	case now.After(id.Until().Add(renewable)):
		return x.fail(text+x.Pick("; berakhir lebih dari setahun lalu", "; it ended more than a year ago"), x.newToken())
	case now.After(id.Until()):
		return x.fail(text+x.Pick("; SUDAH BERAKHIR", "; IT HAS ENDED"), network)
	case now.After(id.Due().Add(renewalLate)):
		return x.warn(text+x.Pick("; belum juga diperbarui", "; and was not renewed yet"), network)
	}
	return x.ok(text)
}

// address shakes hands with who is at one of the center's addresses.
func (x *exam) address(ctx context.Context, id *enrol.Identity, address string) Line {
	state, err := x.Handshake(ctx, id, address)
	if err != nil {
		return x.fail(address+": "+explain.Center(err, x.Now(), x.Lang), x.Pick("Bila alamat ini tidak dipakai lagi, minta pengelola pusat mengubah daftarnya.", "If this address is not used any more, ask the center's operators to change the list."))
	}
	text := x.Say("%s: %s, pusat dikenali", "%s: %s, the center is known", address, tls.VersionName(state.Version))
	if len(state.PeerCertificates) == 0 {
		return x.ok(text)
	}
	until := state.PeerCertificates[0].NotAfter
	text += x.Say(", sertifikatnya sampai %s", ", its certificate is valid until %s", until.Format(time.DateOnly))
	if until.Sub(x.Now()) < centerEnds {
		return x.warn(text, x.Pick("Beri tahu pengelola pusat: sertifikat pusat seharusnya sudah diperbarui.", "Tell the center's operators: its certificate should have been renewed by now."))
	}
	return x.ok(text)
}
