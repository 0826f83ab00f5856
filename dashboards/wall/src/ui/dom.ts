// Making elements, and changing them only where something changed.

export function el(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const e = document.createElement(tag)
  e.className = className
  e.append(...children)
  return e
}

const svgNS = 'http://www.w3.org/2000/svg'

export function svg(tag: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  const e = document.createElementNS(svgNS, tag)
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value)
  e.append(...children)
  return e
}

export function setText(e: Element, text: string): void {
  if (e.textContent !== text) e.textContent = text
}

export function setAttr(e: Element, name: string, value: string): void {
  if (e.getAttribute(name) !== value) e.setAttribute(name, value)
}

export function setData(e: HTMLElement | SVGElement, name: string, value: string): void {
  if (e.dataset[name] !== value) e.dataset[name] = value
}

export function setHidden(e: HTMLElement, hidden: boolean): void {
  if (e.hidden !== hidden) e.hidden = hidden
}
