// Which language the pages speak: Indonesian, unless somebody chose English.

import type { Language } from './format'

const key = 'siaga-language'

/** ?lang=… of the address, else what this browser's user chose before. */
export function chosenLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(key)
  return asked === 'en' ? 'en' : 'id'
}

export function keepLanguage(l: Language): void {
  localStorage.setItem(key, l)
}

export const otherLanguage = (l: Language): Language => (l === 'id' ? 'en' : 'id')
