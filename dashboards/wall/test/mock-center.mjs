// A center for development and tests: answers the part of the HTTP API that the
// wall uses, and serves the built wall under the strictest content security
// policy. Its faults can be switched while it runs.
//
//   node test/mock-center.mjs [port [villages]]      then for example
//   curl -X POST 'http://127.0.0.1:8089/mock?data=off'     (or on; or drop=1)

import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { history, nodes, quantities, readings } from './mock-world.mjs'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.png': 'image/png', '.md': 'text/plain', '.txt': 'text/plain' }

/** Listens on 127.0.0.1:port (0: any) and resolves to {url, port, faults, walls,
 * drop(), close()}. faults is live: change it and the next answers follow. */
export function mockCenter(port = 0, villages = 12) {
  const faults = {
    data: true,
    villages,
    simulated: true,
    offline: new Map(), // node → since when, Unix ms
    unheard: new Set(), // nodes that are only in the inventory
    unmeasured: new Set(), // nodes whose water sensor has no level yet
    failing: new Map(), // node → sensor
    silent: new Map(), // node → sensor that says nothing at all
    missing: new Map(), // node → quantity without value
    suspect: new Map(), // node → quantity
    values: new Map(), // node/quantity → value instead of the world's
    gaps: new Map(), // node → open gaps
    repair: new Map(), // node → {until, reason}
    retired: new Map(), // node → since when
    locked: false, // nobody may look who has not signed in, and nobody has
  }
  const walls = []
  const streams = new Set()
  let newestMs = Date.now()

  const status = () => ({
    time: new Date().toISOString(), demo: faults.simulated,
    nodes_online: faults.villages - faults.unheard.size - faults.offline.size, nodes_total: faults.villages - faults.unheard.size, nodes_repair: [...faults.repair.keys()].filter((n) => faults.offline.has(n)).length,
    readings_per_second: faults.data ? 44.7 : 0, delivery_delay_p50_s: 0.043, delivery_delay_p99_s: 0.121,
    open_gaps: [...faults.gaps.values()].reduce((a, b) => a + b, 0), quarantined: 0, accepting: true, newest: new Date(newestMs).toISOString(),
  })
  const nodeList = () => ({ time: new Date().toISOString(), nodes: nodes(Date.now(), faults) })
  const latest = () => ({ time: new Date().toISOString(), readings: readings(newestMs, Date.now(), faults) })
  const event = (name, body) => `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`

  const tick = setInterval(() => {
    let text = event('status', status())
    if (faults.data && Math.floor(Date.now() / 1000) % 2 === 0) {
      newestMs = Date.now()
      text += event('readings', { readings: readings(newestMs, newestMs, faults) })
    }
    for (const n of nodes(Date.now(), faults)) text += event('node', n)
    for (const s of streams) s.write(text)
  }, 1000)

  const json = (res, body) => {
    res.writeHead(200, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify(body))
  }

  const server = createServer((req, res) => {
    const url = new URL(req.url, 'http://mock')
    const q = url.searchParams
    res.setHeader('Content-Security-Policy', "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    const who = faults.locked ? { name: 'anonymous', kind: 'anonymous', role: 'nobody' } : { name: 'budi', kind: 'account', role: 'operator' }
    if (`${req.method} ${url.pathname}` === 'GET /api/v1/session') return json(res, { ...who, expires: null, setup: false })
    if (faults.locked && url.pathname.startsWith('/api/')) return void res.writeHead(401).end()
    switch (`${req.method} ${url.pathname}`) {
      case 'GET /api/v1/live':
        res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
        res.write(event('nodes', nodeList()) + event('latest', latest()) + event('status', status()))
        streams.add(res)
        res.on('close', () => streams.delete(res))
        return
      case 'GET /api/v1/nodes':
        return json(res, nodeList())
      case 'GET /api/v1/quantities':
        return json(res, { quantities })
      case 'GET /api/v1/readings/latest':
        return json(res, latest())
      case 'GET /api/v1/readings':
        return json(res, history(q.get('node'), q.get('quantity'), Date.parse(q.get('from')), Date.parse(q.get('to')), parseInt(q.get('every'), 10)))
      case 'GET /api/v1/status':
        return json(res, { ...status(), version: 'mock', walls })
      case 'POST /api/v1/wall': {
        let body = ''
        req.on('data', (chunk) => (body += chunk)).on('end', () => {
          walls.push(JSON.parse(body))
          res.writeHead(204).end()
        })
        return
      }
      case 'POST /mock':
        if (q.has('data')) faults.data = q.get('data') !== 'off'
        if (q.has('drop')) drop()
        return json(res, { data: faults.data })
    }
    const page = { '/': '/index.html', '/masuk': '/masuk.html', '/nodes': '/nodes.html' }[url.pathname]
    const path = join(dist, normalize(page ?? url.pathname))
    if (req.method !== 'GET' || !path.startsWith(dist) || !existsSync(path)) return void res.writeHead(404).end()
    res.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream')
    createReadStream(path).pipe(res)
  })

  function drop() {
    for (const s of streams) s.destroy()
  }

  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const at = server.address().port
      resolve({
        url: `http://127.0.0.1:${at}/`, port: at, faults, walls, drop,
        close: () => new Promise((done) => {
          clearInterval(tick)
          drop()
          server.closeAllConnections()
          server.close(done)
        }),
      })
    })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const center = await mockCenter(Number(process.argv[2] ?? 8089), Number(process.argv[3] ?? 12))
  console.log(`mock center at ${center.url}`)
}
