// A text as a QR code, drawn as one path so that it prints sharp at any size.

import qrcode from 'qrcode-generator'
import { svg } from '../ui/dom'

/** What scanners want free around a code, in modules (ISO/IEC 18004 §9.1). */
const quiet = 4

/** The dark modules of text's code; up to 2331 bytes fit. */
export function modules(text: string): boolean[][] {
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  const n = code.getModuleCount()
  return Array.from({ length: n }, (_, y) => Array.from({ length: n }, (_, x) => code.isDark(y, x)))
}

export function qr(text: string, label: string): SVGElement {
  const rows = modules(text)
  const size = rows.length + 2 * quiet
  const d = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : ''))).join('')
  return svg(
    'svg', { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    svg('path', { d: `M0 0h${size}v${size}H0z`, fill: '#fff' }),
    svg('path', { d, fill: '#000' }),
  )
}
