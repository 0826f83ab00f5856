import { chosenLanguage } from '../language'
import '../style/office.css'
import { SignInPage } from './page'

void new SignInPage(document.body, chosenLanguage(), (path) => location.assign(path)).start()
