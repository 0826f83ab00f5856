package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

func (x *exam) config(context.Context) []Line {
	switch {
	case errors.Is(x.ConfigErr, fs.ErrNotExist):
		return []Line{x.warn(
			x.Say("belum ada %s: node ini baru dipasang", "%s is not there yet: this node is new", x.ConfigFile),
			x.Pick("Mulai di sini: sudo siaga-edge enroll TOKEN (dari pusat: siaga node add), lalu sudo siaga-edge scan --write",
				"Begin here: sudo siaga-edge enroll TOKEN (from the center: siaga node add), then sudo siaga-edge scan --write"))}
	case errors.Is(x.ConfigErr, edge.ErrUnnamed):
		return []Line{x.warn(x.Say("%s tidak menyebut node dan desa, dan node ini belum terdaftar", "%s says neither node nor site, and this node is not enrolled", x.ConfigFile),
			x.Pick("Daftarkan: sudo siaga-edge enroll TOKEN", "Enrol it: sudo siaga-edge enroll TOKEN"))}
	case errors.Is(x.ConfigErr, fs.ErrPermission):
		return []Line{x.warn(x.ConfigErr.Error(), x.Pick("Jalankan dengan sudo.", "Run it with sudo."))}
	case x.ConfigErr != nil:
		return []Line{x.fail(x.ConfigErr.Error(), x.Say("Betulkan yang disebut: sudo nano %s", "Correct what is named: sudo nano %s", x.ConfigFile))}
	}
	return []Line{x.ok(x.Say("%s benar: node %s, desa %s, %d sensor", "%s is valid: node %s, site %s, %d sensors",
		x.ConfigFile, x.Config.Node, x.Config.Site, len(x.Config.Sensors)))}
}

// secrets looks at who may read the files that only the service should.
func (x *exam) secrets(context.Context) []Line {
	if lines, none := x.unconfigured(); none {
		return lines
	}
	var lines []Line
	files := 0
	for _, f := range []struct {
		key, path string
		shut      fs.FileMode // to whom it must be closed
		chmod     string
	}{
		{"mqtt.password_file", x.Config.MQTT.PasswordFile, 0o007, "o="},
		{"mqtt.key_file", x.Config.MQTT.KeyFile, 0o007, "o="},
		{"page.pin_file", x.Config.Page.PINFile, 0o077, "600"}, // else the service does not start
	} {
		if f.path == "" {
			continue
		}
		files++
		info, err := x.Stat(f.path)
		switch {
		case errors.Is(err, fs.ErrPermission):
			lines = append(lines, x.unknown(x.Say("%s tidak boleh dilihat pengguna ini; pakai sudo", "this user may not look at %s; use sudo", f.path)))
		case err != nil:
			lines = append(lines, x.fail(f.key+": "+err.Error(), x.Say("Buat berkasnya, atau betulkan %s.", "Make the file, or correct %s.", f.key)))
		case info.Mode().Perm()&f.shut != 0:
			lines = append(lines, x.warn(
				x.Say("%s dapat dibaca pengguna lain (%v)", "%s can be read by other users (%v)", f.path, info.Mode().Perm()),
				"sudo chmod "+f.chmod+" "+f.path))
		}
	}
	switch {
	case len(lines) > 0:
		return lines
	case files == 0:
		return []Line{x.ok(x.Pick("tidak ada yang dipakai", "none are used"))}
	}
	return []Line{x.ok(x.Say("%d berkas, tertutup bagi pengguna lain", "%d, closed to other users", files))}
}

func (x *exam) service(context.Context) []Line {
	journal := "sudo systemctl status siaga-edge; sudo journalctl -u siaga-edge -n 50"
	switch {
	case x.agentErr == nil:
		return []Line{x.ok(x.Say("berjalan, versi %s, node %s", "runs, version %s, node %s", x.snap.Version, x.snap.Node))}
	case errors.Is(x.agentErr, local.ErrNotRunning) && x.ConfigErr != nil:
		return []Line{x.unknown(x.Pick("tidak berjalan; menunggu konfigurasi yang benar", "does not run; waits for a valid configuration"))}
	case errors.Is(x.agentErr, local.ErrNotRunning) && x.active:
		return []Line{x.warn(x.Pick("sudah dimulai, tetapi belum menjawab", "started, but does not answer yet"),
			x.Say("Tunggu semenit dan periksa lagi; bila tetap: %s", "Wait a minute and look again; if it stays so: %s", journal))}
	case errors.Is(x.agentErr, local.ErrNotRunning):
		return []Line{x.fail(x.Pick("tidak berjalan", "does not run"), "sudo systemctl enable --now siaga-edge; "+journal)}
	case errors.Is(x.agentErr, fs.ErrPermission):
		return []Line{x.unknown(x.Pick("berjalan, tetapi pengguna ini tidak boleh bertanya kepadanya; pakai sudo", "runs, but this user may not ask it; use sudo"))}
	}
	return []Line{x.fail(x.agentErr.Error(), "sudo systemctl restart siaga-edge; "+journal)}
}

func (x *exam) sensors(ctx context.Context) []Line {
	if lines, none := x.unconfigured(); none {
		return lines
	}
	all, err := x.snap.Sensors, x.agentErr
	if errors.Is(err, local.ErrNotRunning) && !x.active {
		all, err = x.Sensors(ctx)
	}
	if err != nil {
		return []Line{x.unknown(x.Say("tidak diketahui: %v", "not known: %v", err))}
	}
	var lines []Line
	for _, s := range all {
		lines = append(lines, x.sensor(s))
	}
	if why := x.snap.CalibrationError; why != "" {
		lines = append(lines, x.fail(x.Say("koreksi tidak dapat dibaca: %s", "corrections cannot be read: %s", why), x.Pick(
			"Nilai bisa mentah, dan tinggi muka air bisa hilang. Jalankan perintah cp atau mv dalam pesan itu dengan sudo, lalu periksa lagi.",
			"Values may be raw, and the water level missing. Run the cp or mv of that message with sudo, then look again.")))
	}
	return lines
}

func (x *exam) sensor(s edge.SensorSnapshot) Line {
	what, remedy := explain.Code(s.Code, x.Lang)
	text := fmt.Sprintf("%s (%s): ", s.ID, s.Model)
	switch wire.Health(s.Health) {
	case wire.HealthOK:
		return x.ok(text + x.values(s))
	case wire.HealthWarming:
		return x.warn(text+what, remedy)
	case wire.HealthStarting:
		return x.unknown(text + x.Pick("belum ada nilai", "no value yet"))
	}
	if what == "" {
		what, remedy = explain.Code(explain.Unknown, x.Lang)
	}
	if s.Error != "" {
		what += " (" + explain.Cause(s.Error) + ")"
	}
	return x.fail(text+what, remedy)
}

func (x *exam) values(s edge.SensorSnapshot) string {
	var parts []string
	for _, v := range s.Values {
		value := v.Raw
		if v.Corrected != nil {
			value = *v.Corrected
		}
		part := strings.TrimSpace(strings.Join([]string{x.Pick(v.TitleID, v.TitleEN), strconv.FormatFloat(value, 'f', -1, 64), v.Unit}, " "))
		if v.Quality == reading.Suspect.String() || v.Quality == reading.Bad.String() {
			part += x.Pick(" (meragukan)", " (suspect)")
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return x.Pick("belum ada nilai", "no value yet")
	}
	return strings.Join(parts, " · ")
}

// queueFull and queueDays are when a technician should know.
const (
	queueFull = 0.8 // of max_bytes
	queueDays = 2
)

func (x *exam) queue(context.Context) []Line {
	if lines, none := x.unconfigured(); none {
		return lines
	}
	q, err := x.snap.Queue, x.agentErr
	if errors.Is(err, local.ErrNotRunning) && !x.active {
		q, err = x.Queue()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Line{x.ok(x.Pick("belum ada: layanan belum pernah berjalan", "there is none yet: the service never ran"))}
	case err != nil && (x.active || errors.Is(err, fs.ErrPermission) || errors.Is(err, x.agentErr) || errors.Is(err, spool.ErrLocked)):
		return []Line{x.unknown(x.Say("tidak diketahui: %v", "not known: %v", err))}
	case err != nil:
		return []Line{x.fail(x.Say("tidak dapat dibuka: %v", "cannot be opened: %v", err), x.Say(
			"Jangan hapus %[1]s: isinya data yang belum terkirim. Salin, lalu minta bantuan pengelola.",
			"Do not delete %[1]s: it holds data that was not sent. Copy it, then ask the operators for help.", filepath.Join(x.Config.DataDir, "queue")))}
	}
	text := x.Say("%d paket menunggu, %s di disk", "%d packs wait, %s on disk", q.Packs, size(q.DiskBytes))
	if q.DaysLeft != nil {
		text += x.Say(", ruang untuk %.1f hari tanpa pusat", ", room for %.1f days without the center", *q.DaysLeft)
	}
	send := x.Pick("Pulihkan hubungan ke pusat agar antrean terkirim.", "Mend the way to the center so that the queue is sent.")
	switch {
	case q.LostReadings > 0:
		return []Line{x.fail(text+x.Say("; %d pembacaan HILANG", "; %d readings are LOST", q.LostReadings), x.Pick("Periksa penyimpanan, lihat log layanan.", "Check the storage, see the service's log."))}
	case q.GivenUp > 0:
		return []Line{x.fail(text+x.Say("; %d paket dibuang karena penuh", "; %d packs were given up for want of room", q.GivenUp), send)}
	case q.MaxBytes > 0 && float64(q.DiskBytes) > queueFull*float64(q.MaxBytes) || q.DaysLeft != nil && *q.DaysLeft < queueDays && q.Packs > 0:
		return []Line{x.warn(text, send)}
	}
	return []Line{x.ok(text)}
}

// ackLate is how long packs may wait for an acknowledgement; ackGone when
// somebody must come.
const (
	ackLate = 2 * time.Minute
	ackGone = time.Hour
)

func (x *exam) center(context.Context) []Line {
	if lines, none := x.unconfigured(); none {
		return lines
	}
	if errors.Is(x.agentErr, fs.ErrPermission) {
		return []Line{x.unknown(x.Pick("tidak diketahui tanpa hak: jalankan dengan sudo", "not known without the right to ask: run this with sudo"))}
	}
	if x.agentErr != nil {
		return []Line{x.unknown(x.Pick("tidak diketahui selama layanan tidak berjalan", "not known while the service does not run"))}
	}
	var lines []Line
	for _, c := range x.snap.Centers {
		if !c.Accepting {
			lines = append(lines, x.warn(x.Say("%s tidak menerima data: %s", "%s takes no data: %s", c.Ingester, c.Reason),
				x.Pick("Data aman di node ini. Beri tahu pengelola pusat.", "The data is safe on this node. Tell the center's operators.")))
		}
	}
	if r := x.snap.Refused; r != nil {
		lines = append(lines, x.warn(
			x.Say("menolak %d paket terakhir ke karantina: %s", "has put the last %d packs into quarantine: %s", r.Packs, r.Reason),
			x.Pick("Datanya disimpan di sana, dan node tidak mengirimnya lagi. Di pusat: siaga quarantine list, betulkan sebabnya, lalu siaga quarantine replay.",
				"The data is kept there, and the node does not send it again. On the center: siaga quarantine list, mend the cause, then siaga quarantine replay.")))
	}
	tell := x.Pick("Periksa broker di atas; bila baik, minta pengelola pusat memeriksa pendaftaran node ini dan siaga ingest.",
		"Check the broker above; if that is well, ask the center's operators to look at this node's registration and siaga ingest.")
	ack := x.snap.Broker.AckAgoS
	oldest := time.Duration(0)
	if s := x.snap.Queue.OldestAgeS; s != nil {
		oldest = time.Duration(*s * float64(time.Second))
	}
	switch {
	case ack == nil && len(x.snap.Centers) == 0:
		return append(lines, x.warn(x.Pick("belum terdengar", "not heard yet"), tell))
	case ack == nil:
		return append(lines, x.warn(x.Pick("terdengar, tetapi belum mengakui satu paket pun", "heard, but it has not acknowledged a pack yet"), tell))
	}
	since := time.Duration(*ack * float64(time.Second)).Round(time.Second)
	text := x.Say("mengakui paket terakhir %s yang lalu", "acknowledged the last pack %s ago", span(x.Lang, since))
	switch {
	case since > ackGone && oldest > ackGone:
		return append(lines, x.fail(text, tell))
	case since > ackLate && oldest > ackLate:
		return append(lines, x.warn(text, tell))
	case x.snap.Refused != nil:
		return lines // an acknowledgement of what was refused is no good news
	}
	return append(lines, x.ok(text))
}
