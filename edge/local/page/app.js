// The page of one node, for whoever stands beside it. It asks the node every two
// seconds; between answers only ages go on. What the node said last is never
// shown as current once it does not answer.

import { ask } from './ask.js'
import { show, tick, say, state } from './show.js'
import { tools } from './tools.js'

const pollEvery = 2000
const answerLimit = 4000
// Two answers may be missed before the page says so.
const lostAfter = 6

/** Seconds since the node's last answer, by whichever clock of the phone says
 * more: one of them stands still while the phone sleeps, the other may be set. */
function elapsed() {
  if (!state.heard) return Infinity
  return Math.max(performance.now() - state.heard.ran, Date.now() - state.heard.at) / 1000
}

async function poll() {
  const sent = { ran: performance.now(), at: Date.now() }
  const { said } = await ask('/api/v1/node', 'GET', null, answerLimit)
  if (said) {
    state.node = said
    show()
    // What the node said is as old as the question, not as the answer.
    state.heard = sent
  }
  refresh()
}

function refresh() {
  state.age = elapsed()
  state.lost = state.age > lostAfter
  tick()
  tools.update()
}

let timer
let polling = false
async function loop() {
  if (polling) return
  polling = true
  clearTimeout(timer)
  await poll().finally(() => {
    polling = false
    timer = setTimeout(loop, pollEvery)
  })
}

document.getElementById('lang').addEventListener('click', () => {
  state.lang = state.lang === 'id' ? 'en' : 'id'
  try {
    localStorage.setItem('lang', state.lang)
  } catch {
    // A phone in private mode forgets it.
  }
  say()
  if (state.node) show()
  refresh()
})
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return
  refresh()
  loop()
})

say()
setInterval(refresh, 1000)
loop()
tools.start()
