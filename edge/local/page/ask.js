// Asks the node.

/** The answer's body, or the status and body of a refusal, or neither where no
 * answer came in time. limit is in milliseconds. */
export async function ask(path, method, body, limit) {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), limit)
  try {
    const res = await fetch(path, {
      method, cache: 'no-store', signal: giveUp.signal,
      headers: { 'Content-Type': 'application/json' }, body: method === 'POST' ? JSON.stringify(body) : undefined,
    })
    const said = await res.json()
    return res.ok ? { said } : { refused: said, wait: res.headers.get('Retry-After') }
  } catch {
    return {}
  } finally {
    clearTimeout(timer)
  }
}
