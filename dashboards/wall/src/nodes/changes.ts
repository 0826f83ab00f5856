// What the center writes into a node's history, in words: its actions, and what of a
// node an action changes.

import type { Language } from '../format'

/** By the center's names. actions_test.go holds them against what the center writes. */
const actions: Record<string, Record<Language, string>> = {
  'node.add': { id: 'dicatat di inventaris', en: 'written into the inventory' },
  'node.set': { id: 'diubah', en: 'changed' },
  'node.log': { id: 'catatan perawatan', en: 'maintenance entry' },
  'node.retire': { id: 'dipensiunkan', en: 'retired' },
  'event.add': { id: 'rencana dibuat', en: 'planned' },
  'event.cancel': { id: 'rencana dibatalkan', en: 'called off' },
  'gaps.lost': { id: 'paket dinyatakan hilang', en: 'packs declared lost' },
  'token.create': { id: 'token pendaftaran dibuat', en: 'enrolment token made' },
  'token.use': { id: 'token pendaftaran dipakai', en: 'enrolment token used' },
  'token.withdraw': { id: 'token pendaftaran ditarik', en: 'enrolment token withdrawn' },
  'certificate.issue': { id: 'sertifikat diterbitkan', en: 'certificate issued' },
  'certificate.revoke': { id: 'sertifikat dicabut', en: 'certificate revoked' },
  'configuration.set': { id: 'konfigurasi diminta dari pusat', en: 'configuration asked for by the center' },
  'configuration.change': { id: 'konfigurasi diubah di node', en: 'configuration changed at the node' },
  'configuration.failed': { id: 'konfigurasi tidak berlaku: gagal di node', en: 'configuration not in force: it failed at the node' },
  'configuration.conflict': { id: 'konfigurasi tidak berlaku: bertabrakan dengan perubahan di node', en: 'configuration not in force: in conflict with a change at the node' },
  'command.restart': { id: 'perintah: mulai ulang layanan', en: 'command: restart the service' },
  'command.read': { id: 'perintah: baca sensor sekarang', en: 'command: read a sensor now' },
  'command.sleep': { id: 'perintah: tidurkan sensor', en: 'command: put a sensor to sleep' },
  'command.wake': { id: 'perintah: bangunkan sensor', en: 'command: wake a sensor' },
  'command.logs': { id: 'perintah: kirim log', en: 'command: send the log' },
  'command.done': { id: 'perintah dikerjakan', en: 'command done' },
  'command.failed': { id: 'perintah gagal', en: 'command failed' },
  'command.timed out': { id: 'perintah tidak dijawab', en: 'command not answered in time' },
}

/** What the center writes beside an action. */
const fields: Record<string, Record<Language, string>> = {
  site: { id: 'desa (kode)', en: 'village (code)' },
  model: { id: 'model', en: 'model' },
  serial: { id: 'nomor seri', en: 'serial number' },
  serials: { id: 'nomor seri', en: 'serial numbers' },
  note: { id: 'catatan', en: 'note' },
  retired: { id: 'dipensiunkan', en: 'retired' },
  height_m: { id: 'tinggi (m)', en: 'height (m)' },
  datum_m: { id: 'datum (m)', en: 'datum (m)' },
  orientation: { id: 'arah', en: 'orientation' },
  since: { id: 'sejak', en: 'since' },
  time: { id: 'waktu', en: 'time' },
  who: { id: 'oleh', en: 'by' },
  author: { id: 'oleh', en: 'by' },
  what: { id: 'pekerjaan', en: 'work' },
  reason: { id: 'alasan', en: 'reason' },
  id: { id: 'nomor', en: 'number' },
  kind: { id: 'jenis', en: 'kind' },
  scope: { id: 'lingkup', en: 'scope' },
  object: { id: 'untuk', en: 'of' },
  from: { id: 'dari', en: 'from' },
  to: { id: 'sampai', en: 'to' },
  cancelled: { id: 'dibatalkan', en: 'called off' },
  epoch: { id: 'epoch', en: 'epoch' },
  packs: { id: 'paket', en: 'packs' },
  token: { id: 'token', en: 'token' },
  expires: { id: 'berlaku sampai', en: 'valid until' },
  not_after: { id: 'berlaku sampai', en: 'valid until' },
  version: { id: 'versi', en: 'version' },
  body: { id: 'isi', en: 'content' },
  detail: { id: 'keterangan', en: 'detail' },
  sensor: { id: 'sensor', en: 'sensor' },
  bytes: { id: 'terlalu panjang untuk dicatat (byte)', en: 'too long to be written down (bytes)' },
}

/** What the center writes as a word of its own. */
const values: Record<string, Record<Language, string>> = {
  'kind repair': { id: 'perbaikan', en: 'repair' },
  'kind flushing': { id: 'penggelontoran', en: 'flushing' },
  'kind other': { id: 'lainnya', en: 'other' },
  'scope node': { id: 'node', en: 'node' },
  'scope gauge': { id: 'papan duga', en: 'gauge' },
  'mountings mounted': { id: 'terpasang', en: 'mounted' },
  'levels decreed': { id: 'ditetapkan', en: 'decreed' },
  'levels invented': { id: 'karangan untuk demo', en: 'invented for a demonstration' },
}

/** An action in words; one of a newer center by its name. */
export const actionWords = (action: string, lang: Language): string => actions[action]?.[lang] ?? action

/** A field in words, with the sensor that it is of: "sensor air-1: datum (m)". */
export function fieldWords(field: string, lang: Language): string {
  const [first = '', of = '', ...rest] = field.split('.')
  if (first === 'mountings') {
    const what = rest[0] ? `: ${fields[rest[0]]?.[lang] ?? rest[0]}` : ''
    return `sensor ${of}${what}`
  }
  if (first === 'levels') return [lang === 'id' ? 'tingkat siaga' : 'levels', of, ...rest].join(' ')
  return fields[field]?.[lang] ?? field
}

/** A value in words where it is one of the center's own; '' where it is not. */
export function valueWords(field: string, value: string, lang: Language): string {
  return values[`${field.split('.')[0]} ${value}`]?.[lang] ?? ''
}
