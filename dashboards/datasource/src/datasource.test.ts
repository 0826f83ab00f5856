import { type DataFrame, type DataQueryRequest, type DataQueryResponse, dateTime, FieldType, toDataFrame } from '@grafana/data'
import {
  type BackendSrv,
  type DataSourceSrv,
  type GrafanaLiveSrv,
  type LiveDataStreamOptions,
  setBackendSrv,
  setDataSourceSrv,
  setGrafanaLiveSrv,
} from '@grafana/runtime'
import { firstValueFrom, of, Subject, throwError } from 'rxjs'
import { liveRows } from './datasource'
import { source } from './test/center'
import type { SiagaQuery, VariableQuery } from './types'
import { Variables } from './variables'

const asked = (query: Partial<SiagaQuery>, variables = {}) =>
  JSON.parse(JSON.stringify(source(variables).applyTemplateVariables({ refId: 'A', queryType: 'readings', ...query }, {})))

test('a query goes with its variables replaced, and without what its type does not know', () => {
  const variables = { node: ['bacem-01', 'wlingi-01'], quantity: 'level', kind: ['gap', 'event'] }
  expect(asked({ quantity: '$quantity', nodes: ['$node'], sensors: [], live: true }, variables)).toEqual({
    refId: 'A', queryType: 'readings', quantity: 'level', nodes: ['bacem-01', 'wlingi-01'], values: 'best', live: true,
  })
  expect(asked({ queryType: 'latest', values: 'raw', sensors: ['pm-1'], live: true, kinds: ['gap'] })).toEqual({
    refId: 'A', queryType: 'latest', sensors: ['pm-1'], values: 'raw',
  })
  expect(asked({ queryType: 'gaps', quantity: 'pm2_5', sensors: ['pm-1'], districts: ['35.05.12'], live: true })).toEqual({
    refId: 'A', queryType: 'gaps', districts: ['35.05.12'],
  })
  expect(asked({ queryType: 'annotations', kinds: ['$kind' as 'gap'] }, variables)).toEqual({
    refId: 'A', queryType: 'annotations', kinds: ['gap', 'event'],
  })
})

test('readings without a quantity and hidden queries are not sent', () => {
  const { filterQuery } = source()
  expect(filterQuery({ refId: 'A', queryType: 'readings' })).toBe(false)
  expect(filterQuery({ refId: 'A', queryType: 'readings', quantity: 'pm2_5' })).toBe(true)
  expect(filterQuery({ refId: 'A', queryType: 'latest' })).toBe(true)
  expect(filterQuery({ refId: 'A', queryType: 'latest', hide: true })).toBe(false)
})

test('a fresh query can be sent', () => {
  const made = source()
  expect(made.filterQuery({ refId: 'A', queryType: 'nodes', ...made.getDefaultQuery() })).toBe(true)
})

test('lists are asked for in the language and the scope of whoever looks', async () => {
  const made = source({ district: ['35.05.12', '35.05.17'] })
  const query: VariableQuery = { refId: 'variable', list: 'nodes', districts: ['$district'], sites: [] }
  const { data } = await firstValueFrom(new Variables(made).query({ targets: [query], scopedVars: {} } as unknown as DataQueryRequest<VariableQuery>))
  expect(data).toContainEqual({ text: 'bacem-01', value: 'bacem-01' })
  expect(made.getResource).toHaveBeenCalledWith('variables/nodes', { lang: 'id', district: ['35.05.12', '35.05.17'] })
})

test('a list held to a variable without a value is empty, and nobody is asked', async () => {
  const made = source({ district: [] })
  expect(await made.choices('nodes', { districts: ['$district'] })).toEqual([])
  expect(made.getResource).not.toHaveBeenCalled()
})

test('annotations always ask for annotations', () => {
  const target = { refId: 'Anno', kinds: ['gap'] } as unknown as SiagaQuery
  const query = source().annotations!.prepareQuery!({ name: 'x', enable: true, iconColor: 'red', target })
  expect(query).toEqual({ refId: 'Anno', kinds: ['gap'], queryType: 'annotations' })
})

describe('asking', () => {
  const rows = (...times: number[]) => [times, times.map((at) => at / 1000)]
  const fields = (node: string) => [
    { name: 'time', type: FieldType.time },
    { name: 'pm2_5', type: FieldType.number, labels: { node } },
  ]
  const ref = { type: 'siaga-commandcenter-datasource', uid: 'siaga' }
  let sent: Array<Record<string, unknown>>
  let streams: LiveDataStreamOptions[]
  let packets: Record<string, Subject<{ data: DataFrame[] }>>

  beforeEach(() => {
    sent = []
    streams = []
    packets = {}
    setDataSourceSrv({ getInstanceSettings: () => ref } as unknown as DataSourceSrv)
    setBackendSrv({
      fetch: (options: { data: { queries: Array<Record<string, unknown>> } }) => {
        sent.push(...options.data.queries)
        const frames = ['bacem-01', 'wlingi-01'].map((node) => ({
          schema: { refId: 'A', meta: { channel: `ds/siaga/readings/${node}` }, fields: fields(node) },
          data: { values: rows(1000, 2000) },
        }))
        return of({ data: { results: { A: { status: 200, frames } } } })
      },
    } as unknown as BackendSrv)
    setGrafanaLiveSrv({
      getDataStream: (options: LiveDataStreamOptions) => {
        streams.push(options)
        return (packets[options.addr.path.replace('readings/', '')] = new Subject())
      },
    } as unknown as GrafanaLiveSrv)
  })

  const request = (to: string, query: Partial<SiagaQuery>) =>
    ({
      requestId: 'Q1',
      maxDataPoints: 300,
      range: { from: dateTime(0), to: dateTime(60_000), raw: { from: 'now-1m', to } },
      rangeRaw: { from: 'now-1m', to },
      scopedVars: {},
      targets: [{ refId: 'A', queryType: 'readings', quantity: 'pm2_5', live: true, ...query }],
    }) as unknown as DataQueryRequest<SiagaQuery>

  /** What a channel's buffer holds; packets say neither query nor channel. */
  const buffered = (node: string, ...times: number[]) => ({
    data: [toDataFrame({ fields: fields(node).map((f, i) => ({ ...f, values: rows(...times)[i]! })) })],
  })

  test('live rows follow history, kept for the length of the range', () => {
    const seen: number[][] = []
    source().query(request('now', {})).subscribe(({ data }) => seen.push(data[1].fields[0].values))
    expect(sent).toMatchObject([{ live: true }])
    expect(streams[1]).toMatchObject({ buffer: { maxDelta: 60_000, maxLength: liveRows, action: 'append' } })
    expect(streams[1]!.frame!.data!.values).toEqual(rows(1000, 2000)) // seeds an empty buffer
    packets['wlingi-01']!.next(buffered('wlingi-01', 2000, 3000))
    expect(seen).toEqual([[1000, 2000, 3000]])
  })

  test('series stay in their order, whichever comes first', () => {
    const seen: string[][] = []
    source().query(request('now', {})).subscribe(({ data }) => seen.push(data.map((f: DataFrame) => `${f.refId} ${f.fields[1]!.labels!.node} ${f.length}`)))
    packets['wlingi-01']!.next(buffered('wlingi-01', 3000))
    packets['bacem-01']!.next(buffered('bacem-01', 3000, 4000))
    expect(seen).toEqual([
      ['A bacem-01 2', 'A wlingi-01 3'],
      ['A bacem-01 4', 'A wlingi-01 3'],
    ])
  })

  test('a center that does not answer leaves the last rows, with the error, and no others in their place', () => {
    const made = source()
    const answers: DataQueryResponse[] = []
    const ask = (query: Partial<SiagaQuery>) => made.query(request('now', query)).subscribe((answer) => answers.push(answer))
    ask({})
    packets['wlingi-01']!.next(buffered('wlingi-01', 3000))
    setBackendSrv({
      fetch: () => throwError(() => ({ status: 400, data: { results: { A: { status: 502, error: 'the center is not reached' } } } })),
    } as unknown as BackendSrv)
    ask({})
    ask({ nodes: ['bacem-01'] })
    ask({ live: false })
    const rowsOf = ({ data }: DataQueryResponse) => data.map((f: DataFrame) => f.length)
    expect(answers.map(rowsOf)).toEqual([[2, 3], [2, 3], [], []])
    expect(answers.map(({ errors }) => errors?.[0]?.message)).toEqual([undefined, ...Array(3).fill('the center is not reached')])
  })

  test('a range that has ended does not go on live', () => {
    source().query(request('now-1h', {}))
    expect(sent).toHaveLength(1)
    expect(sent[0]).not.toHaveProperty('live')
  })

  test('a variable without a value asks for nothing, and not for everything', () => {
    const seen: unknown[] = []
    source({ node: [] }).query(request('now', { nodes: ['$node'] })).subscribe(({ data }) => seen.push(data))
    expect(seen).toEqual([[]])
    expect(sent).toEqual([])
  })
})
