package explain

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// Center says why the center was not reached at an address, by a clock that says
// now.
func Center(err error, now time.Time, d Lang) string {
	var refused *enrolment.Problem
	var name *net.DNSError
	var timeout net.Error
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var said *net.OpError
	switch {
	case errors.As(err, &refused) && refused.Code == enrolment.Busy:
		return d.Pick("pusat sedang sibuk atau terlalu banyak percobaan; tunggu semenit", "the center is busy, or there were too many attempts; wait a minute")
	case errors.As(err, &refused):
		return d.Say("pusat sedang tidak dapat (%s)", "the center cannot at the moment (%s)", refused.Code)
	case errors.As(err, &name):
		return d.Pick("nama tidak dikenal: periksa internet dan DNS", "the name is not known: check internet and DNS")
	case errors.Is(err, syscall.ECONNREFUSED):
		return d.Pick("tidak ada yang menjawab di port itu: pusat tidak berjalan, atau portnya lain", "nobody answers at that port: the center does not run, or the port is another")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return d.Pick("tidak ada jalan ke sana: periksa modem, Wi-Fi atau kabel", "there is no way there: check modem, Wi-Fi or cable")
	case errors.Is(err, trust.ErrPin):
		return d.Pick("ini bukan pusat yang membuat token (CA-nya lain): token dari pusat lain, atau ada yang menyadap",
			"this is not the center that made the token (its CA is another): a token of another center, or somebody listens in")
	case errors.As(err, &verify):
		if ended, late := trust.TooLate(err); late {
			return d.Say("sertifikat pusat berakhir %s menurut jam node ini (%s): betulkan jam node, atau minta pengelola pusat memperbaruinya",
				"the center's certificate ended on %s by this node's clock (%s): set the node's clock right, or ask the center's operators to renew it", ended.Format(time.DateOnly), now.Format(time.DateTime))
		}
		return d.Say("sertifikatnya tidak dapat dipercaya: %v", "its certificate cannot be trusted: %v", verify.Err)
	case errors.As(err, &record):
		return d.Pick("port itu tidak berbicara TLS: alamat aman pusat biasanya :8883 atau :443", "that port does not speak TLS: the center's secure address is usually :8883 or :443")
	case errors.As(err, &said) && said.Op == "remote error" && aboutCertificate(said.Err):
		return d.Say("sertifikat node ini tidak diterima di sana (%v): sudah berakhir, ditarik karena node dipensiunkan, atau dari CA yang tidak dikenal di sana; periksa jam di kedua sisi",
			"this node's certificate is not accepted there (%v): it has ended, was revoked because the node is retired, or is of a CA that is not known there; check the clock on both sides", said.Err)
	case said != nil && said.Op == "remote error":
		return d.Say("di sana ada TLS, tetapi tidak untuk node ini (%v): periksa alamat dan port", "there is TLS, but not for this node (%v): check address and port", said.Err)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return d.Pick("sambungan diterima lalu diputus tanpa sepatah kata: layanan lain di port itu, firewall, atau pusat penuh",
			"the connection is taken and cut without a word: another service at that port, a firewall, or the center is full")
	case errors.As(err, &timeout) && timeout.Timeout():
		return d.Pick("tidak menjawab pada waktunya: periksa jaringan dan firewall", "it does not answer in time: check network and firewall")
	}
	return err.Error()
}

// aboutCertificate reports whether a server's last word in TLS is about the
// certificate that it was shown: bad, unsupported, revoked, expired or unknown
// certificate, unknown CA, access denied, or that there was none (RFC 8446 §6.2).
// crypto/tls has no type for it but for QUIC, and the same texts.
func aboutCertificate(alert error) bool {
	return slices.ContainsFunc([]tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}, func(a tls.AlertError) bool { return a.Error() == alert.Error() })
}
