// What Grafana's components ask of a browser and jsdom has not.

const { TextDecoder, TextEncoder } = require('node:util')

class Watched {
  observe() {}
  unobserve() {}
  disconnect() {}
}

Object.assign(globalThis, {
  TextDecoder,
  TextEncoder,
  ResizeObserver: Watched,
  IntersectionObserver: Watched,
  matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} }),
})

// Lists paint only what has room.
const box = { x: 0, y: 0, left: 0, top: 0, right: 300, bottom: 300, width: 300, height: 300 }
Element.prototype.getBoundingClientRect = () => box
for (const side of ['clientWidth', 'clientHeight']) {
  Object.defineProperty(Element.prototype, side, { value: 300 })
}

// Fields are as wide as their text.
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: 8 * text.length }) })
