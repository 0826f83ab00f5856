import { chosenLanguage, keepLanguage } from './language'
import { wallName } from './report'
import { Wall } from './wall'
// After the parts' own styles, which it overrides.
import './style/wall.css'

new Wall(
  document.body,
  chosenLanguage(),
  wallName(location.search, localStorage, Math.random),
  keepLanguage,
).start()
