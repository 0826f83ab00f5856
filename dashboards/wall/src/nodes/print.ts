// Prints labels: only they are on the paper, and they are on the page only while
// it prints.

import { ask, path } from '../api'
import type { VillageNode } from '../center'
import { Dialog } from '../ui/dialog'
import { el, setHidden, setText } from '../ui/dom'
import { Field, Form } from '../ui/form'
import { nodeAddress, onlyHere, parseOffice, perSheet, sheets } from './label'
import type { Speech } from './list'
import { qr } from './qr'

const baseKey = 'siaga-label-address'

/** The address to begin with: the one by which this page was opened, since it works;
 * where only this machine opens that, the center's for other machines. */
async function begin(s: Speech): Promise<string> {
  const kept = localStorage.getItem(baseKey)
  if (kept !== null) return kept
  if (!onlyHere(location.origin)) return location.origin
  return parseOffice((await ask('GET', path(s.lang, ['ca']))).body) ?? location.origin
}

export async function printLabels(nodes: VillageNode[], s: Speech): Promise<void> {
  const w = s.words
  const value = await begin(s)
  const dialog = new Dialog(w.printTitle(nodes.length), w.close)
  const base = new Field(w.printBase, { required: true, value })
  const used = new Field(w.printUsed, { inputMode: 'numeric', value: '0', maxLength: 2 })
  const warning = el('p', 'warning', w.printHere)
  const count = el('p', 'intro')
  const usedNow = () => Number.parseInt(used.value, 10) || 0
  const preview = el('div', 'label-preview')
  const look = () => {
    setHidden(warning, !onlyHere(base.value))
    setText(count, w.printSheets(sheets(nodes, usedNow()).length))
    const first = nodes[0]
    const address = first && nodeAddress(base.value, first.id)
    preview.replaceChildren(...(first && address ? [label(first, address, s)] : []))
  }
  for (const f of [base, used]) f.input.addEventListener('input', look)
  const form = new Form({
    parts: [el('p', 'intro', w.printNote), base, warning, used, count, preview], submit: w.print, busy: w.busy,
    does: async () => {
      if (nodeAddress(base.value, '') === null) return [w.printBad]
      localStorage.setItem(baseKey, base.value)
      dialog.close()
      print(sheets(nodes, usedNow()), base.value, s)
      return []
    },
    cancel: { label: w.cancel, does: () => dialog.close() },
  })
  look()
  dialog.show(form.element)
}

function print(pages: (VillageNode | null)[][], base: string, s: Speech): void {
  const paper = el('div', 'paper', ...pages.map((nodes) => el('section', 'sheet', ...Array.from({ length: perSheet }, (_, i) => {
    const n = nodes[i]
    return n ? label(n, nodeAddress(base, n.id) ?? '', s) : el('div', 'label')
  }))))
  document.body.append(paper)
  addEventListener('afterprint', () => paper.remove(), { once: true })
  window.print()
}

function label(n: VillageNode, address: string, s: Speech): HTMLElement {
  const code = el('div', 'label-code')
  code.append(qr(address, address))
  const village = n.name === n.id ? '' : n.name
  return el('div', 'label', code, el(
    'div', 'label-text',
    el('div', 'label-brand', 'SIAGA'), el('div', 'label-id', n.id), el('div', 'label-village', village),
    el('div', 'label-district', n.district), el('div', 'label-note', s.words.scan),
  ))
}
