// Numbers, ages and times as people read them, in either language.

export type Language = 'id' | 'en'

const locale: Record<Language, string> = { id: 'id-ID', en: 'en-GB' }
const numbers = new Map<string, Intl.NumberFormat>()

/** value with exactly that many decimals; a rounded-away sign is dropped. */
export function formatNumber(value: number, decimals: number, lang: Language): string {
  const key = lang + decimals
  let f = numbers.get(key)
  if (!f) {
    f = new Intl.NumberFormat(locale[lang], {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: 'negative',
    })
    numbers.set(key, f)
  }
  return f.format(value).replace('-', '−')
}

/** A delay with the decimals it deserves: 0,04 · 1,2 · 95. */
export function formatSeconds(s: number, lang: Language): string {
  return formatNumber(s, s < 1 ? 2 : s < 10 ? 1 : 0, lang)
}

const ageUnits: Record<Language, [string, string, string, string]> = {
  id: ['dtk', 'mnt', 'jam', 'hari'],
  en: ['s', 'min', 'h', 'd'],
}

/** An age in its two largest units, counted down to the second below an hour,
 * so that it is seen to grow. */
export function formatAge(seconds: number, lang: Language): string {
  const s = Math.floor(seconds)
  const [sec, min, hour, day] = ageUnits[lang]
  if (s < 60) return `${s} ${sec}`
  if (s < 3600) return `${Math.floor(s / 60)} ${min} ${s % 60} ${sec}`
  if (s < 86400) return `${Math.floor(s / 3600)} ${hour} ${Math.floor(s / 60) % 60} ${min}`
  return `${Math.floor(s / 86400)} ${day} ${Math.floor(s / 3600) % 24} ${hour}`
}

/** An age in its largest unit, where there is little room. */
export function formatShortAge(seconds: number, lang: Language): string {
  return formatAge(seconds, lang).split(' ').slice(0, 2).join(' ')
}

const byteUnits = ['byte', 'KB', 'MB', 'GB', 'TB']

/** Bytes in the largest unit of 1000 that leaves a whole number: 12,4 GB. */
export function formatBytes(bytes: number, lang: Language): [value: string, unit: string] {
  let i = 0
  let n = bytes
  while (Math.abs(n) >= 1000 && i < byteUnits.length - 1) {
    n /= 1000
    i++
  }
  return [formatNumber(n, i === 0 || n >= 100 ? 0 : 1, lang), byteUnits[i]!]
}

// The center's zone is that of Kabupaten Blitar.
const zone = 'Asia/Jakarta'
const clockFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})
const dateFormat: Record<Language, Intl.DateTimeFormat> = {
  id: new Intl.DateTimeFormat('id-ID', { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  en: new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
}

/** HH:MM:SS in WIB. */
export function formatClock(unixMs: number): string {
  return clockFormat.format(unixMs)
}

const dayFormat: Record<Language, Intl.DateTimeFormat> = {
  id: new Intl.DateTimeFormat('id-ID', { timeZone: zone, day: 'numeric', month: 'short' }),
  en: new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' }),
}
const dayYearFormat: Record<Language, Intl.DateTimeFormat> = {
  id: new Intl.DateTimeFormat('id-ID', { timeZone: zone, day: 'numeric', month: 'short', year: 'numeric' }),
  en: new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short', year: 'numeric' }),
}

/** A moment near now, in WIB: HH:MM, with the day where that is another. */
export function formatMoment(unixMs: number, nowMs: number, lang: Language): string {
  const minute = formatClock(unixMs).slice(0, 5)
  const day = dayFormat[lang].format(unixMs)
  return day === dayFormat[lang].format(nowMs) ? minute : `${day} ${minute}`
}

/** Any moment, in WIB: 22 Nov 2026 14:30. */
export function formatTime(unixMs: number, lang: Language): string {
  return `${dayYearFormat[lang].format(unixMs)} ${formatClock(unixMs).slice(0, 5)}`
}

/** Any day, in WIB: 22 Nov 2026. */
export function formatDay(unixMs: number, lang: Language): string {
  return dayYearFormat[lang].format(unixMs)
}

export function formatDate(unixMs: number, lang: Language): string {
  return dateFormat[lang].format(unixMs)
}
