package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// explain says what went wrong and what to do about it.
func (d enrollDesk) explain(err error) error {
	var refused *enrolment.Problem
	var unreached *enrol.UnreachedError
	var useless *enrol.AnswerError
	switch {
	case errors.As(err, &refused) && refused.Final():
		return errors.New(d.refusal(refused))
	case errors.As(err, &unreached):
		return d.errorf("pusat tidak terjangkau di satu pun alamat di atas. Periksa jaringan node ini (modem, Wi-Fi, kabel) dan apakah pusat berjalan, lalu ulangi dengan token yang sama",
			"the center was not reached at any address above. Check this node's network (modem, Wi-Fi, cable) and that the center runs, then repeat this with the same token")
	case errors.As(err, &useless):
		return d.errorf("jawaban pusat tidak dapat dipakai: minta pengelola pusat memeriksanya (%w)", "the center's answer is of no use: ask its operators to look at it (%w)", err)
	case errors.Is(err, fs.ErrPermission):
		return d.errorf("tidak boleh menulis di %s: jalankan dengan sudo (%w)", "may not write in %s: run this with sudo (%w)", d.cfg.DataDir, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS):
		return d.errorf("penyimpanan penuh atau hanya-baca: kosongkan atau ganti kartu, lalu ulangi dengan token yang sama (%w)",
			"the storage is full or read-only: make room or change the card, then repeat this with the same token (%w)", err)
	case errors.Is(err, wholefile.ErrBusy):
		return d.errorf("program lain sedang mengubah pendaftaran ini: tunggu sebentar lalu ulangi (%w)", "another program is changing this enrolment: wait a moment and repeat this (%w)", err)
	}
	return err
}

// refusal is what the center said, with the remedy.
func (d enrollDesk) refusal(p *enrolment.Problem) string {
	fresh := d.Pick(". Minta token baru; di pusat: siaga node token NODE", ". Ask for a new token; at the center: siaga node token NODE")
	switch p.Code {
	case enrolment.TokenExpired:
		return d.Pick("masa berlaku token sudah habis", "the token has expired") + fresh
	case enrolment.TokenWithdrawn:
		return d.Pick("token sudah ditarik, atau ada token yang lebih baru untuk node ini", "the token was withdrawn, or there is a newer one for this node") + fresh
	case enrolment.TokenUsed:
		return d.Pick("token sudah dipakai oleh papan lain (atau kunci papan ini hilang). Bila bukan Anda yang memakainya, beri tahu pengelola pusat",
			"the token was used by another board, or this board's key is lost. If that was not you, tell the center's operators") + fresh
	case enrolment.TokenUnknown:
		return d.Pick("pusat tidak mengenal token ini (basis datanya mungkin dipulihkan)", "the center does not know this token (its database may have been restored)") + fresh
	case enrolment.NodeRetired:
		return d.Pick("node ini sudah dipensiunkan di pusat. Papan yang dipasang lagi memakai node baru: siaga node add",
			"this node is retired at the center. A board that is used again becomes a new node: siaga node add")
	}
	return d.Say("pusat menolak: %s. Minta pengelola pusat memeriksa catatannya", "the center refuses: %s. Ask its operators to look at its log", p.Error())
}
