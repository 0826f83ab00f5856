// A dialog over the page: Esc and its button close it, and what it held is gone.

import { button } from './form'
import { el } from './dom'

export class Dialog {
  private readonly element = document.createElement('dialog')

  /** closed is called once, however it was closed. */
  constructor(title: string, closeWord: string, closed: () => void = () => {}) {
    const head = el('header', 'dialog-head', el('h2', 'dialog-title', title), button(`× ${closeWord}`, '', () => this.close()))
    this.element.className = 'dialog'
    this.element.ariaLabel = title
    this.element.append(head)
    this.element.addEventListener('close', () => {
      this.element.remove()
      closed()
    })
  }

  /** Puts parts into it in place of those before. */
  show(...parts: HTMLElement[]): this {
    while (this.element.children.length > 1) this.element.lastElementChild!.remove()
    this.element.append(...parts)
    if (!this.element.isConnected) {
      document.body.append(this.element)
      this.element.showModal()
    }
    this.element.querySelector<HTMLElement>('input, select, textarea')?.focus()
    return this
  }

  close(): void {
    this.element.close()
  }
}
