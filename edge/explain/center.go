package explain

import (
	"crypto/tls"
	"errors"
	"net"
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
	case errors.As(err, &timeout) && timeout.Timeout():
		return d.Pick("tidak menjawab pada waktunya: periksa jaringan dan firewall", "it does not answer in time: check network and firewall")
	}
	return err.Error()
}
