// Labels for the boxes in the field: what stands on them, and on which sheet.

import type { VillageNode } from '../center'
import { fields, list, text } from '../json'

/** A4 with 3 × 8 labels of 70 × 37 mm, as every stationer has them. */
export const perSheet = 24

/** The address of a node's page; null where base is no address of a web page. A
 * person who scans it must be able to reach it. */
export function nodeAddress(base: string, node: string): string | null {
  const whole = /^[a-z]+:\/\//i.test(base) ? base : `https://${base}`
  if (!URL.canParse(whole)) return null
  const url = new URL(whole)
  if (!['http:', 'https:'].includes(url.protocol)) return null
  return `${url.origin}/nodes#${encodeURIComponent(node)}`
}

/** Whether nobody but this machine can reach base. */
export function onlyHere(base: string): boolean {
  const host = /^(?:[a-z]+:\/\/)?(\[[^\]]*\]|[^/:]*)/i.exec(base)?.[1]?.toLowerCase() ?? ''
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.')
}

/** The center's first address for other machines, of what it says of its authorities;
 * null where it listens to none. */
export function parseOffice(body: unknown): string | null {
  const first = text(list(fields(body)?.centers)[0])
  return first && !onlyHere(first) ? `https://${first}` : null
}

/** The nodes sheet by sheet, null where a label is used already: of a sheet that
 * was begun, the first so many are. */
export function sheets(nodes: VillageNode[], used: number): (VillageNode | null)[][] {
  const all = [...Array.from({ length: Math.min(Math.max(used, 0), perSheet - 1) }, () => null), ...nodes]
  return Array.from({ length: Math.ceil(all.length / perSheet) }, (_, i) => all.slice(i * perSheet, (i + 1) * perSheet))
}
