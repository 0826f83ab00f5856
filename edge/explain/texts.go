package explain

// texts has one entry for each code.
var texts = map[string]entry{
	"unplugged": {
		text{"Port sensor hilang.", "The sensor's port is gone."},
		text{
			"Periksa colokan USB atau kabelnya; pasang kembali, sensor akan menyambung sendiri.",
			"Check the USB plug or the cable; plug it in again, the sensor comes back by itself.",
		},
	},
	"closed": {
		text{"Sensor sedang ditutup oleh program.", "The program is closing the sensor."},
		text{"Tunggu sebentar, lalu lihat lagi.", "Wait a moment, then look again."},
	},
	"wrong_device": {
		text{"Yang menjawab bukan sensor yang ditulis di konfigurasi.", "Something else answers than the configuration says."},
		text{
			"Baca tulisan pada sensor, jalankan siaga-edge scan, lalu betulkan driver atau alamatnya di konfigurasi.",
			"Read what is printed on the sensor, run siaga-edge scan, and correct the driver or the address in the configuration.",
		},
	},
	"asleep": {
		text{"Sensor sengaja ditidurkan.", "The sensor was put to sleep on purpose."},
		text{
			"Bangunkan dari pusat (siaga node do NODE wake SENSOR), atau mulai ulang layanan: sudo systemctl restart siaga-edge.",
			"Wake it from the center (siaga node do NODE wake SENSOR), or start the service again: sudo systemctl restart siaga-edge.",
		},
	},
	"warming_up": {
		text{"Sensor masih pemanasan.", "The sensor is warming up."},
		text{"Tidak perlu apa-apa: tunggu sampai satu menit.", "Nothing to do: wait for up to a minute."},
	},
	"reset": {
		text{"Sensor menyala ulang dan kehilangan setelannya.", "The sensor restarted and lost its settings."},
		text{
			"Bila berulang, catu dayanya turun sesaat: periksa kabel daya, konektor dan adaptor.",
			"If it happens again and again its supply dips: check the power cable, the connectors and the adapter.",
		},
	},
	"fan": {
		text{"Sensor melaporkan kipas atau lasernya rusak.", "The sensor reports that its fan or laser is broken."},
		text{
			"Bersihkan lubang udara dari debu dan serangga; bila tetap begitu, ganti sensornya.",
			"Clean dust and insects out of the air openings; if that does not help, replace the sensor.",
		},
	},
	"heater_off": {
		text{"Pemanas sensor mati, atau sensor belum terkalibrasi.", "The sensor's heater is off, or it is not calibrated."},
		text{
			"Matikan dan nyalakan catu sensor; bila tetap begitu, ganti sensornya.",
			"Switch the sensor's supply off and on; if that does not help, replace the sensor.",
		},
	},
	"open_loop": {
		text{"Kabel sensor putus: tidak ada arus yang mengalir.", "A wire to the sensor is broken: no current flows."},
		text{
			"Periksa kabel, terminal dan catu 24 V loop 4–20 mA.",
			"Check the wires, the terminals and the 24 V supply of the 4–20 mA loop.",
		},
	},
	"over_range": {
		text{"Nilainya lebih besar daripada yang dapat diukur.", "The value is more than can be measured."},
		text{
			"Periksa apakah sensor cocok dengan yang diukur, dan apakah kabelnya tidak korsleting.",
			"Check that the sensor fits what it measures, and that no wires touch.",
		},
	},
	"refused": {
		text{"Alat menjawab, tetapi menolak pertanyaannya.", "The device answers, but refuses the question."},
		text{
			"Periksa nomor register dan fungsi Modbus di konfigurasi menurut buku petunjuk alat.",
			"Check the Modbus register and function in the configuration against the device's manual.",
		},
	},
	"echo_lost": {
		text{"Sensor jarak tidak mendengar gema.", "The distance sensor hears no echo."},
		text{
			"Pastikan sensor tegak lurus ke air, tidak terhalang (sarang laba-laba, dahan) dan air dalam jangkauannya.",
			"See that the sensor points straight down at the water, that nothing is in the way (cobwebs, branches) and that the water is in its range.",
		},
	},
	"stuck": {
		text{"Angka sensor saling bertentangan: macet atau tersumbat.", "The sensor's numbers contradict each other: stuck or blocked."},
		text{
			"Bersihkan sensor; matikan dan nyalakan catunya; bila tetap begitu, ganti.",
			"Clean the sensor; switch its supply off and on; if that does not help, replace it.",
		},
	},
	"out_of_range": {
		text{"Nilai sensor di luar jangkauannya, jadi bukan hasil ukur.", "The sensor's value is outside its range, so it is no measurement."},
		text{
			"Periksa kabel dan pemasangan: sensor jarak terlalu dekat ke air, atau kabel data terganggu.",
			"Check wires and mounting: a distance sensor is too near to the water, or the data wire is disturbed.",
		},
	},
	"checksum": {
		text{"Data dari sensor rusak di jalan.", "What the sensor sends arrives garbled."},
		text{
			"Pendekkan kabel, jauhkan dari kabel daya, periksa ground; pastikan driver dan kecepatan (baud) benar.",
			"Use a shorter cable, keep it away from power cables, check ground; see that driver and speed (baud) are right.",
		},
	},
	"no_answer": {
		text{"Sensor tidak menjawab.", "The sensor does not answer."},
		text{
			"Periksa catu daya sensor dan kabelnya (TX ke RX, RX ke TX, SDA, SCL, GND), lalu jalankan siaga-edge scan.",
			"Check the sensor's power and wires (TX to RX, RX to TX, SDA, SCL, GND), then run siaga-edge scan.",
		},
	},
	Console: {
		text{"Port ini dipakai konsol login sistem.", "The system's login console has this port."},
		text{
			"sudo raspi-config → Interface Options → Serial Port: login shell \"No\", hardware \"Yes\"; lalu nyalakan ulang.",
			"sudo raspi-config → Interface Options → Serial Port: login shell \"No\", hardware \"Yes\"; then restart.",
		},
	},
	Busy: {
		text{"Port ini sedang dipakai program lain.", "Another program has this port."},
		text{
			"Lihat program apa dengan: sudo fuser -v PORT; hentikan program itu (untuk Siaga: sudo systemctl stop siaga-edge).",
			"See which one with: sudo fuser -v PORT; stop it (for Siaga: sudo systemctl stop siaga-edge).",
		},
	},
	Permission: {
		text{"Tidak ada izin membuka perangkat ini.", "There is no permission to open this device."},
		text{
			"Jalankan dengan sudo, atau: sudo usermod -aG dialout,i2c,gpio $USER, lalu keluar dan masuk lagi.",
			"Run it with sudo, or: sudo usermod -aG dialout,i2c,gpio $USER, then log out and in again.",
		},
	},
	NotFound: {
		text{"Bus, port atau pin ini tidak ada di mesin ini.", "This machine has no such bus, port or pin."},
		text{
			"Periksa colokannya dan namanya di konfigurasi; siaga-edge scan menampilkan yang ada.",
			"Check the plug, and the name in the configuration; siaga-edge scan shows what there is.",
		},
	},
	NoProgram: {
		text{"Program sistem yang dibutuhkan belum terpasang.", "A program of the system that is needed is not installed."},
		text{
			"Untuk modem: sudo apt install modemmanager.",
			"For a modem: sudo apt install modemmanager.",
		},
	},
	NoI2C: {
		text{"Mesin ini tidak punya bus I2C yang aktif.", "This machine has no I2C bus that is turned on."},
		text{
			"Raspberry Pi: sudo raspi-config → Interface Options → I2C → Yes, lalu nyalakan ulang.",
			"Raspberry Pi: sudo raspi-config → Interface Options → I2C → Yes, then restart.",
		},
	},
	NoSerial: {
		text{"Mesin ini tidak punya port serial.", "This machine has no serial port."},
		text{
			"Colokkan adaptor USB, atau sudo raspi-config → Interface Options → Serial Port: login shell \"No\", hardware \"Yes\", lalu nyalakan ulang.",
			"Plug in the USB adapter, or sudo raspi-config → Interface Options → Serial Port: login shell \"No\", hardware \"Yes\", then restart.",
		},
	},
	InUse: {
		text{"Dipakai sensor yang sedang berjalan; tidak diganggu.", "In use by a running sensor; it was not disturbed."},
		text{
			"Untuk memindainya juga, hentikan dulu: sudo systemctl stop siaga-edge.",
			"To scan it as well, stop the service first: sudo systemctl stop siaga-edge.",
		},
	},
	TwoChips: {
		text{"Ada dua chip menjawab di alamat yang sama.", "Two chips answer at the same address."},
		text{
			"Ubah alamat salah satunya dengan pin ADDR atau SDO, atau pindahkan ke bus I2C lain.",
			"Change the address of one by its pin ADDR or SDO, or move it to another I2C bus.",
		},
	},
	Garbled: {
		text{"Jawaban di alamat ini rusak: mungkin dua chip sejenis di satu alamat.", "What answers at this address is garbled: perhaps two chips of a kind at one address."},
		text{
			"Lepas salah satu dan pindai lagi. Bila dua: ubah alamat salah satunya dengan pin ADDR atau SDO, atau pakai bus I2C lain. Bila satu: pendekkan kabelnya.",
			"Take one off and scan again. If there are two: change the address of one by its pin ADDR or SDO, or use another I2C bus. If there is one: use a shorter cable.",
		},
	},
	UnknownChip: {
		text{"Ada chip di alamat ini, tetapi tidak dikenal.", "There is a chip at this address, but it is not known."},
		text{
			"Bukan sensor yang didukung (mungkin jam RTC atau layar): biarkan, atau cocokkan alamatnya dengan buku petunjuk.",
			"It is no supported sensor (perhaps a clock or a display): leave it, or compare the address with its manual.",
		},
	},
	UnknownTalker: {
		text{"Ada data masuk, tetapi tidak dikenal.", "Bytes come in, but they are not understood."},
		text{
			"Sensor tidak didukung, ground belum tersambung, atau levelnya RS-232/RS-485 tanpa konverter.",
			"The sensor is not supported, ground is not connected, or it talks RS-232 or RS-485 without a converter.",
		},
	},
	NothingHeard: {
		text{"Tidak terdengar apa pun pada semua kecepatan.", "Nothing is heard at any speed."},
		text{
			"Bila ada sensor di sini: periksa catu 5 V, GND, dan TX sensor ke RX port (bila perlu tukar). Sensor Modbus: periksa A dan B.",
			"If a sensor is here: check 5 V, GND, and the sensor's TX to the port's RX (swap them if need be). Modbus sensors: check A and B.",
		},
	},
	NeedsOptions: {
		text{"Sensor dikenal, tetapi perlu setelan lain untuk dibaca.", "The sensor is known, but wants more settings to be read."},
		text{
			"Isi setelan yang disebut di konfigurasi, menurut sensor dan pemasangannya.",
			"Set what is named in the configuration, by the sensor and how it is mounted.",
		},
	},
	Unknown: {
		text{"Ada gangguan lain.", "Something else is wrong."},
		text{
			"Baca pesannya; bila tidak jelas, kirim keluaran siaga-edge doctor --json kepada pengelola.",
			"Read the message; if it is not clear, send the output of siaga-edge doctor --json to the operators.",
		},
	},
}
