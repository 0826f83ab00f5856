// bin/siaga as a real center for the office's pages, which shows nothing to strangers;
// SIAGA_BIN names another program.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = process.env.SIAGA_BIN ?? fileURLToPath(new URL('../../../bin/siaga', import.meta.url))

const port = () => new Promise((done) => {
  const s = createServer().listen(0, '127.0.0.1', () => {
    const { port } = s.address()
    s.close(() => done(port))
  })
})

/** Starts it with three simulated villages and resolves to {url, secure, dir, link,
 * end()}: where it is, its port for other machines, a folder, and a promise of the
 * set-up link as this machine opens it and as others do. */
export async function officeCenter() {
  const dir = await mkdtemp(join(tmpdir(), 'siaga-office-'))
  const [http, mqtt, influx, secure] = await Promise.all([port(), port(), port(), port()])
  const settings = join(dir, 'siaga.yaml')
  await writeFile(settings, `http:\n  open: "no"\nsecure:\n  addrs: ["127.0.0.1:${secure}"]\n  names: ["siaga.blitarkab.example"]\n`)
  const center = spawn(program, ['up', '--demo', '3', '--config', settings, '--data', join(dir, 'data'),
    '--http', `127.0.0.1:${http}`, '--mqtt', `127.0.0.1:${mqtt}`, '--influx', `127.0.0.1:${influx}`], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((done) => center.on('exit', done).on('error', done))
  const link = new Promise((done, fail) => {
    // No terminal is there, and so the link lies in a file.
    createInterface(center.stdout).on('line', (l) => {
      const file = /\S+\/setup\.link/.exec(l)?.[0]
      if (file) readFile(file, 'utf8').then((text) => done(text.trim().split('\n')), fail)
    })
    void ended.then(() => fail(new Error(`${program} ended: run make build first`)))
  })
  const end = async () => {
    center.kill('SIGKILL')
    await ended
    await rm(join(dir, 'data'), { recursive: true, force: true })
  }
  return { url: `http://127.0.0.1:${http}`, secure, dir, link, end }
}
