import type { Language } from './format'
import { wallName } from './report'
import { Wall } from './wall'
// After the parts' own styles, which it overrides.
import './style/wall.css'

const languageKey = 'siaga-language'

function language(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(languageKey)
  return asked === 'en' ? 'en' : 'id'
}

new Wall(
  document.body,
  language(),
  wallName(location.search, localStorage, Math.random),
  (l) => localStorage.setItem(languageKey, l),
).start()
