import { language, texts } from './texts'

test.each([
  ['id-ID', 'en-US', 'id'],
  ['en-US', 'en-GB', 'en'],
  ['en-US', 'id-ID', 'id'], // Grafana says en-US to all who have chosen nothing
  ['de-DE', 'de-DE', 'id'],
  ['', 'en-US', 'id'],
  [undefined, 'en-US', 'id'],
])('Grafana %s and browser %s read %s', (grafana, browser, want) => {
  expect(language(grafana, browser)).toBe(want)
})

test('both languages differ and are whole', () => {
  const said = (of: 'id' | 'en') => Object.values(texts(of)).flatMap((text) => (typeof text === 'string' ? text : Object.values(text)))
  expect(said('en')).toHaveLength(said('id').length)
  expect([...said('en'), ...said('id')]).not.toContain('')
  expect(texts('id').districts).toBe('Kecamatan')
  expect(texts('en').districts).toBe('Districts')
})
