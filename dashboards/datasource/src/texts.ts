import { config } from '@grafana/runtime'

/** The languages of the editors. */
export type Language = 'id' | 'en'

/** The language of whoever looks: Indonesian, unless Grafana is English for them
 * and their browser does not ask for Indonesian. (Grafana says English of its own
 * accord to everybody who has chosen nothing.) */
export function language(
  grafana: string | undefined = config.bootData?.user?.language,
  browser: string = navigator.language
): Language {
  return /^en\b/i.test(grafana ?? '') && !/^id\b/i.test(browser) ? 'en' : 'id'
}

const indonesian = {
  url: 'Alamat pusat',
  urlHelp: 'Alamat Siaga seperti terlihat dari server Grafana, mis. http://127.0.0.1:8088 bila satu mesin.',
  token: 'Token',
  tokenHelp: 'Buat di mesin pusat dengan `siaga token create grafana`, lalu tempel di sini. Grafana menyimpannya tersandi dan tidak memperlihatkannya lagi.',
  caCert: 'Sertifikat CA (PEM)',
  caCertHelp: 'Hanya bila alamat https memakai sertifikat pusat sendiri: tempel isi berkas CA-nya. Kosong berarti percaya pada CA sistem.',
  queryType: 'Isi',
  quantity: 'Besaran',
  quantityAll: 'semua besaran',
  quantityPick: 'pilih besaran',
  districts: 'Kecamatan',
  sites: 'Desa',
  nodes: 'Node',
  sensors: 'Sensor',
  all: 'semua',
  values: 'Nilai',
  live: 'Langsung',
  liveHelp: 'Data baru mengalir tanpa menunggu penyegaran, selama rentang waktu berakhir sekarang (now).',
  kinds: 'Tandai',
  list: 'Daftar',
  variable: 'variabel dasbor',
  notListed: 'Daftar tidak terbaca dari pusat',
  notListedHelp: 'Periksa sumber data dengan "Save & test".',
  queryTypes: {
    readings: 'Pembacaan (grafik)',
    latest: 'Nilai terbaru',
    nodes: 'Node',
    gaps: 'Celah data',
    quarantine: 'Karantina',
  },
  valuesOf: { best: 'Terbaik', raw: 'Mentah', corrected: 'Terkoreksi' },
  valuesHelp: {
    best: 'Yang terkoreksi bila ada, selain itu yang mentah',
    raw: 'Seperti kata sensor',
    corrected: 'Hanya yang terkoreksi',
  },
  kindsOf: { gap: 'Celah data', configuration: 'Perubahan konfigurasi', event: 'Kejadian terencana' },
}

/** Everything that the editors say, in one language. */
export type Texts = typeof indonesian

const english: Texts = {
  url: 'Address of the center',
  urlHelp: "Siaga's address as the Grafana server sees it, such as http://127.0.0.1:8088 on the same machine.",
  token: 'Token',
  tokenHelp: 'Make one on the center with `siaga token create grafana` and paste it here. Grafana keeps it encrypted and never shows it again.',
  caCert: 'CA certificate (PEM)',
  caCertHelp: "Only where an https address has a certificate of the center's own: paste the CA's file. Empty means the system's authorities.",
  queryType: 'Content',
  quantity: 'Quantity',
  quantityAll: 'all quantities',
  quantityPick: 'choose a quantity',
  districts: 'Districts',
  sites: 'Villages',
  nodes: 'Nodes',
  sensors: 'Sensors',
  all: 'all',
  values: 'Values',
  live: 'Live',
  liveHelp: 'New data flows in without waiting for a refresh, while the time range ends now.',
  kinds: 'Mark',
  list: 'List',
  variable: 'dashboard variable',
  notListed: 'The center gave no list',
  notListedHelp: 'Check the data source with "Save & test".',
  queryTypes: {
    readings: 'Readings (graph)',
    latest: 'Latest values',
    nodes: 'Nodes',
    gaps: 'Data gaps',
    quarantine: 'Quarantine',
  },
  valuesOf: { best: 'Best', raw: 'Raw', corrected: 'Corrected' },
  valuesHelp: {
    best: 'The corrected one where there is one, else the raw one',
    raw: 'As the sensor said',
    corrected: 'Only corrected ones',
  },
  kindsOf: { gap: 'Data gaps', configuration: 'Changes of configuration', event: 'Planned events' },
}

/** The texts for whoever looks. */
export function texts(of: Language = language()): Texts {
  return of === 'en' ? english : indonesian
}
