// Makes an enrolment token and shows it once: it is in nobody's hands but those of
// whoever looks at this dialog.

import { ask, path, refusal, sent } from '../api'
import { formatTime } from '../format'
import { fields, text, time } from '../json'
import { Dialog } from '../ui/dialog'
import { el, setText } from '../ui/dom'
import { button, Field, Form } from '../ui/form'
import { qr } from './qr'
import type { Task } from './tasks'

export function makeToken(node: string, t: Task): void {
  const w = t.s.words
  const dialog = new Dialog(w.tokenFor(node), w.close)
  const valid = new Field(w.tokenValid, { only: w.tokenDays, value: '86400' })
  const form = new Form({
    parts: [el('p', 'intro', w.tokenNote), valid], submit: w.makeToken, busy: w.busy,
    does: async () => {
      const answer = await ask('POST', path(t.s.lang, ['nodes', node, 'tokens']), sent({ valid_s: Number(valid.value) }))
      if (!answer.ok) return refusal(answer, t.s.lang)
      const f = fields(answer.body)
      dialog.show(...shown(text(f?.token), time(f?.expires), t))
      t.changed()
      return []
    },
    cancel: { label: w.cancel, does: () => dialog.close() },
  })
  dialog.show(form.element)
}

function shown(token: string, expiresMs: number | null, t: Task): HTMLElement[] {
  const w = t.s.words
  const command = `sudo siaga-edge enroll ${token}`
  const line = document.createElement('textarea')
  line.className = 'token-command'
  line.readOnly = true
  line.rows = 4
  line.value = command
  line.ariaLabel = w.tokenRun
  const copy = button(w.copy, 'primary', () => void take())
  const take = async () => {
    line.select()
    try {
      // There is no clipboard for pages without TLS.
      await navigator.clipboard.writeText(command)
    } catch {
      document.execCommand('copy')
    }
    setText(copy, w.copied)
  }
  const picture = el('div', 'token-qr')
  picture.append(qr(token, w.tokenQR))
  return [
    el('p', 'token-once', w.tokenOnce),
    el('div', 'token', picture, el('div', 'token-text',
      el('p', '', w.tokenRun), line, el('div', 'form-foot', copy),
      el('p', 'intro', expiresMs === null ? '' : w.tokenExpires(formatTime(expiresMs, t.s.lang))))),
  ]
}
