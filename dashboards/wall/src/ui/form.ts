// Forms: fields with labels, one button that does it, and what is wrong in words.

import { el, setHidden, setText } from './dom'

export interface FieldOptions {
  type?: 'text' | 'password' | 'search' | 'datetime-local'
  value?: string
  required?: boolean
  /** What a browser or a password store may fill in; 'off' where nothing. */
  autocomplete?: AutoFill
  inputMode?: 'decimal' | 'numeric' | 'text'
  maxLength?: number
  /** Below the field, for who wonders. */
  hint?: string
  /** What has been entered before, to choose from: value and what it means. */
  choices?: [value: string, label: string][]
  /** Only these can be chosen. */
  only?: [value: string, label: string][]
}

let made = 0

export class Field {
  readonly input: HTMLInputElement | HTMLSelectElement
  readonly element: HTMLElement

  constructor(label: string, options: FieldOptions = {}) {
    const id = `field-${++made}`
    const title = el('label', 'field-label', label) as HTMLLabelElement
    title.htmlFor = id
    this.input = options.only ? chooser(options.only) : writer(options)
    this.input.id = id
    this.input.className = 'field-input'
    this.input.required = options.required === true
    this.input.value = options.value ?? this.input.value
    this.element = el('div', 'field', title, this.input)
    if (options.choices) {
      const list = el('datalist', '', ...options.choices.map(([value, of]) => option(value, of)))
      list.id = `${id}-choices`
      this.input.setAttribute('list', list.id)
      this.element.append(list)
    }
    if (options.hint) {
      const hint = el('div', 'field-hint', options.hint)
      hint.id = `${id}-hint`
      this.input.setAttribute('aria-describedby', hint.id)
      this.element.append(hint)
    }
  }

  get value(): string {
    const v = this.input.value
    return this.input instanceof HTMLInputElement && this.input.type === 'password' ? v : v.trim()
  }
}

function writer(options: FieldOptions): HTMLInputElement {
  const input = document.createElement('input')
  input.type = options.type ?? 'text'
  input.autocomplete = options.autocomplete ?? 'off'
  input.autocapitalize = 'none'
  input.spellcheck = false
  if (options.maxLength) input.maxLength = options.maxLength
  if (options.inputMode) input.inputMode = options.inputMode
  return input
}

function chooser(only: [string, string][]): HTMLSelectElement {
  const select = document.createElement('select')
  select.append(...only.map(([value, label]) => option(value, label)))
  return select
}

export function option(value: string, label: string): HTMLOptionElement {
  const o = document.createElement('option')
  o.value = value
  o.textContent = label
  return o
}

export function button(label: string, className: string, does: () => void): HTMLButtonElement {
  const b = el('button', `button ${className}`.trim(), label) as HTMLButtonElement
  b.type = 'button'
  b.addEventListener('click', does)
  return b
}

/** What is wrong, or what was done, said where a reader of screens hears it. */
export class Notice {
  readonly element = el('div', 'notice')

  constructor() {
    this.element.setAttribute('role', 'alert')
    this.clear()
  }

  /** The first line says what, the others say of what. */
  say(lines: string[], kind: 'wrong' | 'done' = 'wrong'): void {
    const [first = '', ...rest] = lines
    this.element.dataset.kind = kind
    this.element.replaceChildren(el('strong', '', first), ...rest.map((l) => el('div', 'notice-line', l)))
    setHidden(this.element, lines.length === 0)
  }

  clear(): void {
    this.say([])
  }
}

export interface FormOptions {
  parts: (Field | HTMLElement)[]
  submit: string
  busy: string
  /** danger marks what cannot be undone. */
  danger?: boolean
  /** Does it, and returns what is wrong, a line each; none where it is done. */
  does(): Promise<string[]>
  /** Offered beside, where there is something to give up. */
  cancel?: { label: string; does(): void }
}

export class Form {
  private readonly notice = new Notice()
  private readonly submit: HTMLButtonElement
  readonly element = document.createElement('form')

  constructor(private readonly options: FormOptions) {
    this.submit = el('button', options.danger ? 'button danger' : 'button primary', options.submit) as HTMLButtonElement
    this.submit.type = 'submit'
    const foot = el('div', 'form-foot', this.submit)
    if (options.cancel) foot.append(button(options.cancel.label, '', options.cancel.does))
    this.element.className = 'form'
    this.element.append(...options.parts.map((p) => (p instanceof Field ? p.element : p)), this.notice.element, foot)
    this.element.addEventListener('submit', (e) => {
      e.preventDefault()
      void this.run()
    })
  }

  /** Whether it can be done now; the button says so. */
  allow(yes: boolean): void {
    this.submit.disabled = !yes
  }

  private async run(): Promise<void> {
    if (this.element.ariaBusy === 'true') return
    this.element.ariaBusy = 'true'
    this.notice.clear()
    setText(this.submit, this.options.busy)
    this.notice.say(await this.options.does())
    setText(this.submit, this.options.submit)
    this.element.ariaBusy = 'false'
  }
}
