// The page to sign in, to sign out, and to make the first admin.

import { refusal, roleName, type Answer } from '../api'
import type { Language } from '../format'
import { keepLanguage, otherLanguage } from '../language'
import { changePassword, may, session, setUp, signIn, signOut, type Session } from '../session'
import { Bar } from '../ui/bar'
import { el } from '../ui/dom'
import { button, Field, Form, Notice } from '../ui/form'
import { backTo } from './back'
import { fitsName, fitsPassword, setUpSecret } from './rule'
import { signInWords, type SignInWords } from './words'

export class SignInPage {
  private readonly bar: Bar
  private readonly main = el('main', 'narrow')
  private readonly notice = new Notice()
  private who: Session | null = null

  constructor(root: HTMLElement, private lang: Language, private readonly go: (path: string) => void) {
    this.bar = new Bar(() => {
      this.lang = otherLanguage(this.lang)
      keepLanguage(this.lang)
      this.paint()
    })
    root.append(this.bar.element, this.main)
    // Another set-up link may be opened while this page is.
    addEventListener('hashchange', () => this.paint())
  }

  async start(): Promise<void> {
    this.bar.update(null, this.lang, this.words)
    this.main.replaceChildren(el('p', 'loading', this.words.loading))
    this.who = await session()
    this.paint()
  }

  private get words(): SignInWords {
    return signInWords[this.lang]
  }

  private paint(): void {
    const w = this.words
    this.bar.update(this.who, this.lang, w)
    this.main.replaceChildren(this.notice.element, ...this.panels())
    this.main.querySelector<HTMLElement>('input')?.focus()
  }

  private panels(): HTMLElement[] {
    const w = this.words
    const who = this.who
    if (who === null) return [panel(w.unreached, button(w.again, 'primary', () => void this.start()))]
    const secret = setUpSecret(location.hash)
    if (secret !== null && who.setup) return [this.setUpPanel(secret)]
    if (secret !== null) this.notice.say([w.oldLink])
    else if (who.setup) this.notice.say([w.noAdmin])
    return who.person ? [this.signedInPanel(who), this.passwordPanel(who)] : [this.signInPanel()]
  }

  private signInPanel(): HTMLElement {
    const w = this.words
    const name = new Field(w.name, { required: true, autocomplete: 'username', maxLength: 64 })
    const password = new Field(w.password, { type: 'password', required: true, autocomplete: 'current-password' })
    const form = new Form({
      parts: [name, password], submit: w.signIn, busy: w.busy,
      does: async () => this.entered(await signIn(name.value, password.value), w.wrong),
    })
    return panel(w.signIn, form.element)
  }

  private setUpPanel(secret: string): HTMLElement {
    const w = this.words
    const name = new Field(w.setUpName, { required: true, autocomplete: 'username', maxLength: 64, hint: w.nameRule })
    const [first, again] = newPassword(w.password, w)
    const form = new Form({
      parts: [el('p', 'intro', w.setUpIntro), name, first, again], submit: w.setUp, busy: w.busy,
      does: async () => {
        if (!fitsName(name.value)) return [w.unfitName, w.nameRule]
        const wrong = this.unfit(name.value, first.value, again.value)
        if (wrong.length > 0) return wrong
        const answer = await setUp(secret, name.value, first.value)
        if (answer.status === 422) return [w.unfit, w.nameRule, w.passwordRule]
        return this.entered(answer, w.oldLink, '/nodes')
      },
    })
    return panel(w.setUp, form.element)
  }

  private signedInPanel(who: Session): HTMLElement {
    const w = this.words
    const links = el('div', 'form-foot')
    const link = (label: string, path: string) => links.append(button(label, 'primary', () => this.go(path)))
    if (may(who, 'viewer')) link(w.toWall, '/')
    if (may(who, 'operator')) link(w.toNodes, '/nodes')
    links.append(button(w.signOut, '', () => void this.leave()))
    return panel(w.signedInAs, el('p', 'signed-in', el('strong', 'signed-in-name', who.name), ` · ${roleName(who.role, this.lang)}`), links)
  }

  private passwordPanel(who: Session): HTMLElement {
    const w = this.words
    const old = new Field(w.oldPassword, { type: 'password', required: true, autocomplete: 'current-password' })
    const [first, again] = newPassword(w.newPassword, w)
    const form = new Form({
      parts: [el('p', 'intro', w.changeNote), old, first, again], submit: w.changePassword, busy: w.busy,
      does: async () => {
        const wrong = this.unfit(who.name, first.value, again.value)
        if (wrong.length > 0) return wrong
        const answer = await changePassword(old.value, first.value)
        if (answer.status === 422) return [w.unfit, w.passwordRule]
        if (answer.status === 403) return [w.wrong]
        if (!answer.ok) return refusal(answer, this.lang)
        this.notice.say([w.changed], 'done')
        this.paint()
        return []
      },
    })
    const details = el('details', 'panel', el('summary', 'panel-title', w.changePassword), form.element)
    return details
  }

  private unfit(account: string, first: string, again: string): string[] {
    const w = this.words
    if (!fitsPassword(account, first)) return [w.unfit, w.passwordRule]
    return first === again ? [] : [w.notSame]
  }

  /** Goes on where a session has begun; wrong is what a 403 means here. */
  private entered(answer: Answer, wrong: string, next = '/'): string[] {
    if (answer.status === 403) return [wrong]
    if (!answer.ok) return refusal(answer, this.lang)
    const wanted = new URLSearchParams(location.search).get('ke')
    // The secret of a set-up link is of no use now, and no page for the history.
    history.replaceState(null, '', location.pathname)
    this.go(wanted === null ? next : backTo(wanted))
    return []
  }

  private async leave(): Promise<void> {
    const answer = await signOut()
    if (answer.ok) this.notice.clear()
    else this.notice.say(refusal(answer, this.lang))
    await this.start()
  }
}

function newPassword(label: string, w: SignInWords): [Field, Field] {
  return [
    new Field(label, { type: 'password', required: true, autocomplete: 'new-password', hint: w.passwordRule }),
    new Field(w.repeat, { type: 'password', required: true, autocomplete: 'new-password' }),
  ]
}

function panel(title: string, ...parts: (HTMLElement | string)[]): HTMLElement {
  return el('section', 'panel', el('h2', 'panel-title', title), ...parts)
}
