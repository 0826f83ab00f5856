// What people enter in fields, and what the center is sent: numbers with a comma
// or a point, times in WIB.

import type { Language } from '../format'

/** WIB is UTC+7 all year. */
const wibMs = 7 * 3_600_000

/** For a field of a time: YYYY-MM-DDTHH:MM in WIB; '' for null. */
export const fieldTime = (ms: number | null): string => (ms === null ? '' : new Date(ms + wibMs).toISOString().slice(0, 16))

/** RFC 3339 of a field's time; null where there is none. */
export function timeOf(field: string): string | null {
  const ms = Date.parse(`${field}:00+07:00`)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

/** A number for a field, with as many decimals as it has; '' for null. */
export function fieldNumber(v: number | null, lang: Language): string {
  if (v === null) return ''
  const plain = String(v).replace('-', '−')
  return lang === 'id' ? plain.replace('.', ',') : plain
}

/** NaN where that is no number. A comma is a point, and any minus is one. */
export function numberOf(field: string): number {
  const plain = field.replace(/[−–]/g, '-').replace(',', '.')
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN
}
