// Every word on the wall, in Indonesian and English.

import type { Quantity } from './center'
import type { Domain, Health } from './detail'
import type { Language } from './format'
import type { State } from './village'

export interface Words {
  place: string
  other: string
  otherTitle: string
  simulated: string
  simulatedNote: string
  nodesOnline: string
  perSecond: string
  delay: string
  gaps: string
  quarantined: string
  notAccepting: string
  seconds: string
  map: string
  river: string
  cards: string
  attention: string
  allWell: string
  allWellNote(villages: number): string
  noVillages: string
  waiting: string
  more(n: number): string
  page(n: number, of: number): string
  lost: string
  lostSince(age: string, at: string): string
  neverHeard: string
  reconnecting: string
  stale: string
  noData: string
  noSensor: string
  warming: string
  failing: string
  bad: string
  suspect: string
  noVehicle: string
  clockUnsure: string
  unclaimed: string
  ago(age: string): string
  since(age: string): string
  until(at: string): string
  repairUntil(at: string): string
  underRepair(n: number): string
  notHeard(n: number): string
  unheard: string
  unmeasured: string
  signInFirst: string
  signInWhy: string
  signInLink: string
  signedIn(name: string, role: string): string
  gapsOpen(n: number): string
  state: Record<State, string>
  quantity: Record<Quantity, string>
  /** Where the center's display unit is Indonesian. */
  unit: Record<string, string>
  perHour: string
  rising: string
  falling: string
  steady: string
  /** Of an air value right now; these are not the names of ISPU's categories. */
  airNow: [string, string, string, string, string]
  indicative: string
  airNote: string
  corrected: string
  /** Where there is little room. */
  correctedShort: string
  raw: string
  open: string
  close: string
  closeNote: string
  /** What an opened village lists. */
  counts(sensors: number, quantities: number): string
  neverRead: string
  noQuantities: string
  empty: string
  domain: Record<Domain, string>
  health: Record<Health, string>
  /** By the center's names. */
  quality: Record<string, string>
  yes: string
  no: string
}

export const words: Record<Language, Words> = {
  id: {
    place: 'Kabupaten Blitar',
    other: 'EN',
    otherTitle: 'Switch to English',
    simulated: 'SIMULASI',
    simulatedNote: 'data buatan, bukan keadaan nyata',
    nodesOnline: 'Node daring',
    perSecond: 'Bacaan per detik',
    delay: 'Keterlambatan kirim',
    gaps: 'Celah data',
    quarantined: 'karantina',
    notAccepting: 'PUSAT TIDAK MENERIMA DATA',
    seconds: 'dtk',
    map: 'Peta desa',
    river: 'Brantas (skematis)',
    cards: 'Desa',
    attention: 'Perlu perhatian',
    allWell: 'Semua desa mengirim data baru',
    allWellNote: (n) => `${n} desa, tidak ada yang perlu diperhatikan`,
    noVillages: 'Belum ada desa yang terdaftar',
    waiting: 'Menghubungi pusat…',
    more: (n) => `dan ${n} lagi`,
    page: (n, of) => `Halaman ${n} dari ${of}`,
    lost: 'TERPUTUS DARI PUSAT',
    lostSince: (age, at) => `Nilai di layar ini lama. Kabar terakhir ${at} WIB, ${age} lalu.`,
    neverHeard: 'Belum ada kabar dari pusat.',
    reconnecting: 'Menyambung kembali…',
    stale: 'BASI',
    noData: 'tidak ada data',
    noSensor: 'tanpa sensor',
    warming: 'pemanasan',
    failing: 'sensor gagal',
    bad: 'data rusak',
    suspect: 'meragukan',
    noVehicle: 'jalan kosong',
    clockUnsure: 'jam belum pasti',
    unclaimed: 'node belum terdaftar',
    ago: (age) => `${age} lalu`,
    since: (age) => `sejak ${age} lalu`,
    until: (at) => `sampai ${at}`,
    repairUntil: (at) => `Perbaikan sampai ${at}`,
    underRepair: (n) => `${n} diperbaiki`,
    notHeard: (n) => `${n} belum terdengar`,
    unheard: 'belum pernah terdengar; sudah terpasang?',
    unmeasured: 'tinggi belum diukur',
    signInFirst: 'MASUK DULU',
    signInWhy: 'Pusat ini memperlihatkan data hanya kepada yang sudah masuk.',
    signInLink: 'Masuk',
    signedIn: (name, role) => `Masuk sebagai ${name} (${role})`,
    gapsOpen: (n) => `${n} celah data`,
    state: { ok: 'BAIK', attention: 'PERHATIAN', stale: 'BASI', offline: 'PUTUS', repair: 'PERBAIKAN', unheard: 'BELUM TERDENGAR' },
    quantity: {
      pm2_5: 'PM2.5', pm10: 'PM10', temperature: 'Suhu', humidity: 'Kelembapan',
      level: 'Muka air', flow: 'Arus', speed: 'Kecepatan',
    },
    unit: {},
    perHour: 'cm/jam',
    rising: 'naik',
    falling: 'turun',
    steady: 'tetap',
    airNow: ['rendah', 'sedang', 'tinggi', 'sangat tinggi', 'ekstrem'],
    indicative: 'indikatif',
    airNote: 'PM2.5: indikatif saat ini, bukan ISPU',
    corrected: 'terkoreksi',
    correctedShort: 'terk.',
    raw: 'mentah',
    open: 'Buka rincian desa',
    close: 'Tutup',
    closeNote: 'Kembali ke semua desa (Esc)',
    counts: (sensors, quantities) => `${sensors} sensor, ${quantities} besaran`,
    neverRead: 'belum ada bacaan',
    noQuantities: 'belum ada besaran',
    empty: 'Node ini belum melaporkan sensor',
    domain: { air: 'Udara', water: 'Air', traffic: 'Lalu lintas', weather: 'Cuaca', power: 'Daya', node: 'Node', other: 'Lainnya' },
    health: { ok: 'sehat', starting: 'mulai', warming: 'pemanasan', failing: 'gagal', unknown: 'tidak diketahui' },
    quality: { good: 'baik', 'not evaluated': 'belum dinilai', suspect: 'meragukan', bad: 'rusak', missing: 'tidak ada' },
    yes: 'ya',
    no: 'tidak',
  },
  en: {
    place: 'Blitar Regency',
    other: 'ID',
    otherTitle: 'Ganti ke bahasa Indonesia',
    simulated: 'SIMULATED',
    simulatedNote: 'invented data, not the real situation',
    nodesOnline: 'Nodes online',
    perSecond: 'Readings per second',
    delay: 'Delivery delay',
    gaps: 'Data gaps',
    quarantined: 'quarantined',
    notAccepting: 'CENTER IS NOT ACCEPTING DATA',
    seconds: 's',
    map: 'Map of villages',
    river: 'Brantas (schematic)',
    cards: 'Villages',
    attention: 'Needs attention',
    allWell: 'Every village sends current data',
    allWellNote: (n) => `${n} ${n === 1 ? 'village' : 'villages'}, nothing needs attention`,
    noVillages: 'No village is registered yet',
    waiting: 'Contacting the center…',
    more: (n) => `and ${n} more`,
    page: (n, of) => `Page ${n} of ${of}`,
    lost: 'CENTER NOT REACHED',
    lostSince: (age, at) => `Values on this screen are old. Last heard at ${at} WIB, ${age} ago.`,
    neverHeard: 'Nothing heard from the center yet.',
    reconnecting: 'Reconnecting…',
    stale: 'STALE',
    noData: 'no data',
    noSensor: 'no sensor',
    warming: 'warming up',
    failing: 'sensor failing',
    bad: 'bad data',
    suspect: 'suspect',
    noVehicle: 'road empty',
    clockUnsure: 'clock not yet known',
    unclaimed: 'node not claimed',
    ago: (age) => `${age} ago`,
    since: (age) => `since ${age} ago`,
    until: (at) => `until ${at}`,
    repairUntil: (at) => `Under repair until ${at}`,
    underRepair: (n) => `${n} under repair`,
    notHeard: (n) => `${n} not heard yet`,
    unheard: 'never heard yet; is it installed?',
    unmeasured: 'level not measured yet',
    signInFirst: 'SIGN IN FIRST',
    signInWhy: 'This center shows data only to those who have signed in.',
    signInLink: 'Sign in',
    signedIn: (name, role) => `Signed in as ${name} (${role})`,
    gapsOpen: (n) => `${n} data ${n === 1 ? 'gap' : 'gaps'}`,
    state: { ok: 'GOOD', attention: 'ATTENTION', stale: 'STALE', offline: 'OFFLINE', repair: 'REPAIR', unheard: 'NOT HEARD YET' },
    quantity: {
      pm2_5: 'PM2.5', pm10: 'PM10', temperature: 'Temperature', humidity: 'Humidity',
      level: 'Water level', flow: 'Flow', speed: 'Speed',
    },
    unit: { 'kend./jam': 'veh./h', 'km/jam': 'km/h', 'mm/jam': 'mm/h', kendaraan: 'vehicles' },
    perHour: 'cm/h',
    rising: 'rising',
    falling: 'falling',
    steady: 'steady',
    airNow: ['low', 'moderate', 'high', 'very high', 'extreme'],
    indicative: 'indicative',
    airNote: 'PM2.5: indicative now, not ISPU',
    corrected: 'corrected',
    correctedShort: 'corr.',
    raw: 'raw',
    open: 'Open the village’s details',
    close: 'Close',
    closeNote: 'Back to all villages (Esc)',
    counts: (sensors, quantities) =>
      `${sensors} ${sensors === 1 ? 'sensor' : 'sensors'}, ${quantities} ${quantities === 1 ? 'quantity' : 'quantities'}`,
    neverRead: 'no reading yet',
    noQuantities: 'no quantities yet',
    empty: 'This node has told of no sensors yet',
    domain: { air: 'Air', water: 'Water', traffic: 'Traffic', weather: 'Weather', power: 'Power', node: 'Node', other: 'Other' },
    health: { ok: 'healthy', starting: 'starting', warming: 'warming up', failing: 'failing', unknown: 'not known' },
    quality: { good: 'good', 'not evaluated': 'not judged', suspect: 'suspect', bad: 'bad', missing: 'missing' },
    yes: 'yes',
    no: 'no',
  },
}
