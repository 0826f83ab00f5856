import { chosenLanguage } from '../language'
import { NodesPage } from './page'
// After the parts' own styles, which it overrides.
import '../style/nodes.css'

void new NodesPage(document.body, chosenLanguage()).start()
