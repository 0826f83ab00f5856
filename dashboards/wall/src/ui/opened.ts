// Which village a person opened. Nothing but a person opens one; Esc and the
// browser's way back close it, and a reloaded page shows all villages.

export class Opened {
  node: string | null = null

  constructor(private readonly changed: () => void) {
    addEventListener('popstate', () => this.set(null))
    addEventListener('keydown', (e) => {
      if (e.key === 'Escape') this.close()
    })
  }

  open(node: string): void {
    history.pushState(null, '')
    this.set(node)
  }

  close(): void {
    if (this.node === null) return
    // At once: a second call must not leave the page.
    this.set(null)
    history.back()
  }

  private set(node: string | null): void {
    this.node = node
    this.changed()
  }
}
