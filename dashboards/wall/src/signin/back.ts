// Where to go after signing in: only to a page of this center.

const pages = ['/', '/nodes']

/** The address of the page to sign in, which leads back here. */
export function signInPath(): string {
  const here = location.pathname + location.search + location.hash
  return backTo(here) === '/' ? '/masuk' : `/masuk?${new URLSearchParams({ ke: here })}`
}

/** wanted where that is a page of ours, else the wall. Another site could write
 * such an address. */
export function backTo(wanted: string | null): string {
  if (wanted === null || !URL.canParse(wanted, 'https://here.invalid')) return '/'
  const url = new URL(wanted, 'https://here.invalid')
  if (url.origin !== 'https://here.invalid' || !pages.includes(url.pathname)) return '/'
  return url.pathname + url.search + url.hash
}
