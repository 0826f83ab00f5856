import type { DataSourceInstanceSettings, TypedVariableModel } from '@grafana/data'
import { DataSource } from '../datasource'
import type { Options } from '../types'
import type { TemplateSrv } from '@grafana/runtime'

type Format = (value: string | string[]) => string

/** A dashboard with the variables given. */
export function templates(variables: Record<string, string | string[]> = {}): TemplateSrv {
  return {
    getVariables: () => Object.keys(variables).map((name) => ({ type: 'query', name }) as TypedVariableModel),
    replace: (text = '', _vars, format) =>
      text.replace(/\$(\w+)/g, (written, name: string) => {
        const value = variables[name]
        if (value === undefined) {
          return written
        }
        return typeof format === 'function' ? (format as Format)(value) : [value].flat().join(',')
      }),
    containsTemplate: (text = '') => text.includes('$'),
    updateTimeRange: () => {},
  }
}

/** A data source for a center that answers with two of everything. */
export function source(variables: Record<string, string | string[]> = {}): DataSource {
  const made = new DataSource({ id: 1, uid: 'siaga', type: 'siaga-commandcenter-datasource', name: 'Siaga', jsonData: {} } as DataSourceInstanceSettings<Options>, templates(variables))
  made.getResource = jest.fn(async (path: string) => lists[path.replace('variables/', '')]) as typeof made.getResource
  return made
}

const lists: Record<string, unknown> = {
  districts: [
    { text: 'Sutojayan', value: '35.05.12' },
    { text: 'Wlingi', value: '35.05.17' },
  ],
  sites: [{ text: 'Bacem', value: '35.05.12.2009' }],
  nodes: [
    { text: 'bacem-01', value: 'bacem-01' },
    { text: 'wlingi-01', value: 'wlingi-01' },
  ],
  sensors: [{ text: 'pm-1', value: 'pm-1' }],
  quantities: [
    { text: 'PM2.5', value: 'pm2_5' },
    { text: 'Tinggi muka air', value: 'level' },
  ],
}
