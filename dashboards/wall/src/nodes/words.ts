// Every word on the page of nodes; in Indonesian here, in English in english.ts.

import type { Language } from '../format'
import type { BarWords } from '../ui/bar'
import { english } from './english'
import type { Standing } from './filter'
import type { Validity } from './inventory'

export const indonesian = {
  title: 'Node', wall: 'Dinding', nodes: 'Node', other: 'EN', otherTitle: 'Switch to English', signInLink: 'Masuk',
  signedIn: (name: string, role: string) => `Masuk sebagai ${name} (${role})`,
  loading: 'Menghubungi pusat…', lost: 'Pusat tidak terhubung. Daftar ini mungkin lama.',
  signInFirst: 'Masuk dulu', signInWhy: 'Daftar node hanya untuk yang sudah masuk.',
  search: 'Cari', searchHint: 'nama node, desa, kecamatan atau kode', district: 'Kecamatan', village: 'Desa', standing: 'Keadaan',
  all: 'Semua', inService: 'Semua yang bertugas',
  standings: { online: 'Daring', silent: 'Senyap', unheard: 'Belum terdengar', repair: 'Perbaikan', unclaimed: 'Belum terdaftar', retired: 'Pensiun' } as Record<Standing, string>,
  shown: (n: number, of: number) => `${n} dari ${of} node`,
  nothing: 'Tidak ada node yang cocok.', none: 'Belum ada node.',
  node: 'Node', heard: 'Terakhir terdengar', never: 'belum pernah', ago: (age: string) => `${age} lalu`, complete: 'Lengkap (1 jam)', now: 'sekarang',
  map: 'Peta node', river: 'Brantas (skematis)', noPlace: (n: number) => `${n} node tanpa letak tidak ada di peta`,
  zoomIn: 'Perbesar', zoomOut: 'Perkecil', wholeMap: 'Seluruh peta',
  add: 'Tambah node', labels: 'Cetak label', label: 'Label', close: 'Tutup', cancel: 'Batal', save: 'Simpan', busy: 'Sebentar…',
  edit: 'Ubah', remove: 'Hapus', simulated: 'SIMULASI',
  repairUntil: (at: string) => `Perbaikan sampai ${at}`, retiredSince: (at: string) => `Pensiun sejak ${at}`,
  state: 'Keadaan', version: 'Versi', clock: 'Jam', queue: 'Antrean', packs: (n: string) => `${n} paket`,
  clocks: { sync: 'sinkron', est: 'perkiraan', none: 'belum pasti', '': 'belum diketahui' } as Record<string, string>,
  completeness: 'Kelengkapan', perHour: 'jam ini', perDay: 'hari ini', perMonth: '30 hari',
  gaps: 'Celah data', gap: (packs: string, from: string, to: string) => `${packs} paket, ${from} – ${to}`, gapStates: { missing: 'hilang', waiting: 'menunggu', lost: 'dinyatakan hilang' } as Record<string, string>,
  sensors: 'Sensor', sensor: 'Sensor', health: 'Kesehatan', noSensors: 'Belum ada sensor yang dilaporkan atau dicatat.',
  notReported: 'tidak dilaporkan node', notNoted: 'belum dicatat', healths: { ok: 'sehat', starting: 'mulai', warming: 'pemanasan', failing: 'gagal' } as Record<string, string>, unknown: 'tidak diketahui',
  addMounting: 'Catat sensor', mountingOf: (s: string) => `Pemasangan ${s}`, height: 'Tinggi (m di atas tanah)', datum: 'Datum (m di atas nol papan duga)', datumText: 'Datum papan duga', orientation: 'Arah', orientationHint: 'misalnya: utara, hulu, lajur 1', since: 'Dipasang sejak',
  sensorHint: 'nama seperti yang dilaporkan node, misalnya pm-1', removeMounting: (s: string) => `Hapus catatan pemasangan ${s}?`,
  heightShort: (v: string) => `tinggi ${v} m`, datumShort: (v: string) => `datum ${v} m`, sinceShort: (at: string) => `sejak ${at}`,
  levels: 'Tingkat siaga', invented: 'karangan untuk demo', levelFrom: (q: string, s: string, at: string) => `${q} ${s}, berlaku dari ${at}`,
  inventory: 'Inventaris', model: 'Model', serial: 'Nomor seri', note: 'Catatan', site: 'Desa', code: 'Kode Kemendagri', place: 'Letak', lat: 'Lintang', lon: 'Bujur', riverName: 'Sungai', riverOrder: 'Urutan dari hulu', photo: 'Foto (tautan https:// atau nama berkas)',
  villageName: 'Nama desa atau kelurahan', kecamatan: 'Kecamatan', siteUnknown: 'Desa dengan kode itu belum dikenal: isi nama dan letaknya.', siteKnown: (name: string) => `Desa: ${name}`,
  editNode: (n: string) => `Ubah ${n}`, editSite: (n: string) => `Ubah desa ${n}`, nodeId: 'Nama node', nodeRule: '2 sampai 31 dari a–z, 0–9 dan -; biasanya desa dan nomor, misalnya sutojayan-01. Tidak dapat diganti kemudian.',
  codeHint: 'misalnya 35.05.12.1005', degreesHint: 'derajat, misalnya −8,1656', notNumber: (field: string) => `${field}: harus angka`,
  taken: (node: string) => `${node} sudah dicatat. Berikutnya: token pendaftaran.`,
  maintenance: 'Catatan perawatan', addMaintenance: 'Tulis catatan', what: 'Apa yang dikerjakan', who: 'Oleh (kosong: Anda)', when: 'Kapan (WIB)', noMaintenance: 'Belum ada catatan.',
  events: 'Rencana', plan: 'Rencanakan perbaikan', planNote: 'Selama itu node tidak dianggap senyap.', from: 'Mulai (WIB)', to: 'Sampai (WIB)', reason: 'Alasan', noEvents: 'Tidak ada rencana.', kinds: { repair: 'Perbaikan', flushing: 'Penggelontoran', other: 'Lainnya' } as Record<string, string>,
  callOff: 'Batalkan', callOffSure: 'Batalkan rencana ini? Yang sudah berjalan berakhir sekarang.', calledOff: 'dibatalkan', past: 'selesai', running: 'berjalan', coming: 'akan datang',
  certificates: 'Sertifikat', noCertificates: 'Belum ada: node ini belum memakai token pendaftaran.', validity: { good: 'berlaku', late: 'belum diperbarui', expired: 'lewat waktu', revoked: 'dicabut' } as Record<Validity, string>, validSpan: (from: string, to: string) => `${from} – ${to}`,
  tokens: 'Token terbuka', tokenUntil: (at: string, by: string) => `sampai ${at}, oleh ${by}`, withdraw: 'Tarik', withdrawSure: 'Tarik token ini? Tidak ada lagi yang dapat mendaftar dengannya.',
  makeToken: 'Buat token', tokenFor: (n: string) => `Token pendaftaran ${n}`, tokenValid: 'Berlaku', tokenDays: [['3600', '1 jam'], ['86400', '24 jam'], ['604800', '7 hari'], ['2592000', '30 hari']] as [string, string][],
  tokenNote: 'Node lama yang diperbaiki memakai token baru juga; saat dipakai, sertifikat sebelumnya dicabut.', tokenOnce: 'Token ini rahasia dan hanya terlihat sekarang. Salin atau pindai sebelum menutup.', tokenRun: 'Di node, jalankan:', tokenExpires: (at: string) => `Berlaku sampai ${at} WIB, satu kali.`, copy: 'Salin perintah', copied: 'Sudah disalin', tokenQR: 'Token sebagai kode QR',
  history: 'Riwayat perubahan', noHistory: 'Belum ada perubahan.', refused: 'ditolak', nothingBefore: '(kosong)',
  retire: 'Pensiunkan', retireOf: (n: string) => `Pensiunkan ${n}`, retireNote: 'Untuk selamanya: sambungannya diputus, semua sertifikatnya ditolak, dan nama ini tidak dapat dipakai lagi. Data lama tetap ada.', retireWhy: 'Alasan: dicuri, diganti, tempat ditinggalkan', retireType: (n: string) => `Ketik ${n} untuk memastikan`,
  printTitle: (n: number) => `Cetak ${n} label`, printNote: 'Kertas A4, 3 × 8 label 70 × 37 mm, tanpa margin, skala 100 %.', printBase: 'Alamat pusat pada kode QR', printHere: 'Alamat itu hanya dapat dibuka di komputer ini. Tulis alamat yang dapat dibuka dari ponsel teknisi.', printBad: 'Itu bukan alamat web.', printUsed: 'Label yang sudah terpakai di lembar pertama', print: 'Cetak', printSheets: (n: number) => `${n} lembar`,
  scan: 'Pindai untuk rincian', sure: 'Ya, lanjutkan', changedMeanwhile: 'Muat ulang untuk melihat keadaan sekarang.',
  hidden: (role: string) => `Terlihat dengan peran ${role}.`,
}

export type NodesWords = Omit<typeof indonesian, keyof BarWords> & BarWords

export const nodesWords: Record<Language, NodesWords> = { id: indonesian, en: english }
