import { expand, expandScope } from './scope'
import { templates } from './test/center'

const dashboard = templates({ node: ['bacem-01', 'wlingi-01'], one: 'pm-1', none: [], blank: '' })

test.each([
  [['sutojayan-01'], ['sutojayan-01']],
  [['$node'], ['bacem-01', 'wlingi-01']],
  [['wlingi-01', '$node', '$one'], ['wlingi-01', 'bacem-01', 'pm-1']],
  [['$none', '$blank'], []],
  [['$unknown'], ['$unknown']],
])('%j expands to %j', (entries, want) => {
  expect(expand(entries, dashboard, {})).toEqual(want)
})

test('an empty list holds to nothing, one that became empty asks for nothing', () => {
  expect(expandScope({ nodes: [], districts: undefined, sensors: ['$one'] }, dashboard, {})).toEqual({ sensors: ['pm-1'] })
  expect(expandScope({ nodes: ['$none'], sensors: ['$one'] }, dashboard, {})).toBeNull()
})
