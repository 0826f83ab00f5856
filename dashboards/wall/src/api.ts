// Asks the center, and says in words why it said no.

import type { Language } from './format'
import { fields, list, parse, text } from './json'

/** What the center answered; status 0: nothing, it was not reached. */
export interface Answer {
  ok: boolean
  status: number
  /** The JSON; null where there is none. */
  body: unknown
  /** After how many seconds to ask again; null where it does not say. */
  retryS: number | null
}

const patienceMs = 30_000

/** What is sent beside method and path. */
export const sent = (body: unknown): RequestInit => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** Never throws. */
export async function ask(method: string, path: string, with_: RequestInit = {}): Promise<Answer> {
  try {
    const r = await fetch(path, { ...with_, method, signal: AbortSignal.timeout(patienceMs) })
    const after = Number.parseInt(r.headers.get('Retry-After') ?? '', 10)
    return { ok: r.ok, status: r.status, body: parse(await r.text()), retryS: Number.isNaN(after) ? null : after }
  } catch {
    return { ok: false, status: 0, body: null, retryS: null }
  }
}

/** A path with its parts escaped, and the language in which mistakes are told. */
export function path(lang: Language, parts: string[], query: Record<string, string> = {}): string {
  return `/api/v1/${parts.map(encodeURIComponent).join('/')}?${new URLSearchParams({ ...query, lang })}`
}

const words: Record<Language, { reached: string; signIn: string; role(need: string): string; roles: Record<string, string>; gone: string; changed: string; often(s: number | null): string; busy: string; other(status: number): string }> = {
  id: {
    reached: 'Pusat tidak terhubung. Belum ada yang diubah, atau jawabannya hilang: periksa, lalu ulangi.',
    signIn: 'Sesi sudah berakhir: masuk dulu.',
    role: (need) => `Ini memerlukan peran ${need}. Minta admin, atau masuk dengan akun lain.`,
    roles: { viewer: 'pengamat', operator: 'operator', technician: 'teknisi', admin: 'admin' },
    gone: 'Tidak ada, atau sudah dihapus.',
    changed: 'Sudah diubah orang lain: muat ulang, lalu ulangi.',
    often: (s) => `Terlalu sering. Coba lagi${s === null ? ' nanti' : ` dalam ${s} detik`}.`,
    busy: 'Pusat tidak dapat mengerjakannya sekarang. Coba lagi sebentar lagi.',
    other: (status) => `Pusat menolak (${status}).`,
  },
  en: {
    reached: 'The center was not reached. Nothing was changed, or its answer was lost: look, then try again.',
    signIn: 'The session is over: sign in first.',
    role: (need) => `This needs the role ${need}. Ask an admin, or sign in with another account.`,
    roles: { viewer: 'viewer', operator: 'operator', technician: 'technician', admin: 'admin' },
    gone: 'It is not there, or not any more.',
    changed: 'Somebody else has changed it meanwhile: load it again, then repeat.',
    often: (s) => `Too often. Try again ${s === null ? 'later' : `in ${s} seconds`}.`,
    busy: 'The center cannot do that now. Try again in a moment.',
    other: (status) => `The center refused (${status}).`,
  },
}

export const roleName = (role: string, lang: Language): string => words[lang].roles[role] ?? role

/** Why it was not done, a line each. The first says what; those after it name
 * what is wrong with what was entered. */
export function refusal(a: Answer, lang: Language): string[] {
  const w = words[lang]
  const f = fields(a.body)
  const said = text(f?.detail)
  switch (a.status) {
    case 0: return [w.reached]
    case 401: return [w.signIn]
    case 403: return [w.role(roleName(/role (\w+)/.exec(said)?.[1] ?? '', lang))]
    case 404: return [w.gone]
    case 409: return [capital(said) || w.changed]
    case 412: return [w.changed]
    case 429: return [w.often(a.retryS)]
    case 400:
    case 422:
      return [capital(said) || w.other(a.status), ...list(f?.errors).map(mistake).filter(Boolean)]
    case 503: return [w.busy]
  }
  return [w.other(a.status)]
}

function mistake(v: unknown): string {
  const f = fields(v)
  // The location is an object and a field of it; of what, the form says.
  const field = /(?:\w+, )*\w+$/.exec(text(f?.location))?.[0] ?? ''
  return [field, text(f?.message)].filter(Boolean).join(': ')
}

const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)
