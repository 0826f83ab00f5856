// What the center takes for an account's name and for a password, so that people
// learn it before they send one. The center has the last word.

const name = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/
const minCharacters = 10
const maxBytes = 256

export const fitsName = (account: string): boolean => name.test(account)

export const fitsPassword = (account: string, password: string): boolean =>
  [...password].length >= minCharacters &&
  new TextEncoder().encode(password).length <= maxBytes &&
  password.toLowerCase() !== account.toLowerCase()

/** The secret of a set-up link, of the part of an address that never leaves the
 * browser; null where there is none. */
export function setUpSecret(hash: string): string | null {
  return /^#setup=(.+)$/.exec(hash)?.[1] ?? null
}
