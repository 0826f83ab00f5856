// What comes from outside, taken for nothing but what it is.

export type Fields = Record<string, unknown>

export const fields = (v: unknown): Fields | null =>
  typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Fields) : null
export const text = (v: unknown): string => (typeof v === 'string' ? v : '')
export const number = (v: unknown): number | null => (typeof v === 'number' && Number.isFinite(v) ? v : null)
export const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : [])
export const known = <T>(v: T | null): v is T => v !== null

/** RFC 3339 as Unix ms; null where it is none. */
export function time(v: unknown): number | null {
  const ms = Date.parse(text(v))
  return Number.isNaN(ms) ? null : ms
}

export function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
