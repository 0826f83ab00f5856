import { CoreApp } from '@grafana/data'
import { act, configure, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { type ComponentProps, useState } from 'react'
import type { DataSource } from '../datasource'
import { source } from '../test/center'
import type { SiagaQuery, VariableQuery } from '../types'
import { AnnotationEditor } from './AnnotationEditor'
import { ConfigEditor } from './ConfigEditor'
import { QueryEditor } from './QueryEditor'
import { VariableEditor } from './VariableEditor'

type Settings = ComponentProps<typeof ConfigEditor>['options']

// A busy machine fails nothing; and to see what is hidden costs jsdom minutes.
configure({ asyncUtilTimeout: 20_000, defaultHidden: true })

/** Lets the center's lists come. */
const settle = () => act(() => new Promise<void>((done) => setTimeout(done)))

/** Opens a pick list by its label and takes an entry of it. */
async function pick(label: string, entry: RegExp) {
  await userEvent.click(screen.getByLabelText(label))
  await userEvent.click(await screen.findByRole('option', { name: entry }))
  await settle()
}

async function show(element: React.ReactElement) {
  render(element)
  await settle()
}

describe('settings', () => {
  function Page({ seen, configured }: { seen: (s: Settings) => void; configured: boolean }) {
    const [options, set] = useState({ jsonData: {}, secureJsonFields: { token: configured } } as unknown as Settings)
    return <ConfigEditor options={options} onOptionsChange={(o) => { set(o); seen(o) }} />
  }

  test('address, token and authority are kept where they belong', async () => {
    const seen = jest.fn<void, [Settings]>()
    await show(<Page seen={seen} configured={false} />)
    expect(screen.getByText(/siaga token create/)).toBeTruthy()
    await userEvent.type(screen.getByLabelText(/Alamat pusat/), 'http://pusat:8088 ')
    await userEvent.type(screen.getByLabelText(/^Token/), 'rahasia')
    await userEvent.type(screen.getByLabelText(/Sertifikat CA/), 'PEM')
    const [last] = seen.mock.lastCall!
    expect(last.jsonData).toEqual({ url: 'http://pusat:8088', caCert: 'PEM' })
    expect(last.secureJsonData).toEqual({ token: 'rahasia' })
  })

  test('a token that is set is not shown, only replaced', async () => {
    const seen = jest.fn<void, [Settings]>()
    await show(<Page seen={seen} configured />)
    expect(screen.getByLabelText(/^Token/)).toHaveProperty('disabled', true)
    await userEvent.click(screen.getByRole('button', { name: /reset/i }))
    expect(seen.mock.lastCall![0].secureJsonFields).toEqual({ token: false })
  })
})

describe('query', () => {
  function Page({ datasource, start, seen, app }: { datasource: DataSource; start: Partial<SiagaQuery>; seen: (q: SiagaQuery) => void; app?: CoreApp }) {
    const [query, set] = useState<SiagaQuery>({ refId: 'A', queryType: 'readings', ...start })
    return <QueryEditor datasource={datasource} query={query} app={app} onChange={(q) => { set(q); seen(q) }} onRunQuery={() => {}} />
  }
  let seen: jest.Mock<void, [SiagaQuery]>
  const last = () => seen.mock.lastCall![0]
  beforeEach(() => {
    seen = jest.fn()
  })

  test('quantity, district, live and values are chosen, not written', async () => {
    await show(<Page datasource={source()} start={{}} seen={seen} />)
    await pick('Besaran', /Tinggi muka air/)
    await pick('Kecamatan', /Sutojayan/)
    await userEvent.click(screen.getByLabelText('Terkoreksi'))
    await userEvent.click(screen.getByRole('switch', { name: 'Langsung' }))
    expect(last()).toEqual({ refId: 'A', queryType: 'readings', quantity: 'level', districts: ['35.05.12'], values: 'corrected', live: true })
  })

  test('the list of nodes is held to the chosen places', async () => {
    const datasource = source()
    await show(<Page datasource={datasource} start={{ quantity: 'pm2_5' }} seen={seen} />)
    await pick('Kecamatan', /Wlingi/)
    await waitFor(() => expect(datasource.getResource).toHaveBeenCalledWith('variables/nodes', expect.objectContaining({ district: ['35.05.17'] })))
  })

  test('a variable can be chosen for every list', async () => {
    await show(<Page datasource={source({ node: ['bacem-01'] })} start={{ quantity: 'pm2_5' }} seen={seen} />)
    await pick('Node', /\$node/)
    expect(last().nodes).toEqual(['$node'])
  })

  test('only what fits the type is offered', async () => {
    await show(<Page datasource={source()} start={{}} seen={seen} />)
    await pick('Isi', /Karantina/)
    expect(last().queryType).toBe('quarantine')
    expect(screen.queryByRole('combobox', { name: 'Besaran' })).toBeNull()
    expect(screen.queryByRole('combobox', { name: 'Sensor' })).toBeNull()
    expect(screen.queryByRole('switch', { name: 'Langsung' })).toBeNull()
  })

  test('alert rules are not live', async () => {
    await show(<Page datasource={source()} start={{}} seen={seen} app={CoreApp.UnifiedAlerting} />)
    expect(screen.queryByRole('switch', { name: 'Langsung' })).toBeNull()
  })

  test('a center that does not answer is said', async () => {
    const datasource = source()
    datasource.getResource = jest.fn(async () => {
      throw { data: { message: 'token tidak berlaku' } }
    })
    await show(<Page datasource={datasource} start={{ quantity: 'pm2_5' }} seen={seen} />)
    expect(screen.getAllByText(/tidak terbaca dari pusat: token tidak berlaku/)).toHaveLength(1)
    expect(screen.getByRole('combobox', { name: 'Besaran' })).toHaveProperty('value', 'pm2_5')
  })
})

test('annotations choose what they mark', async () => {
  const seen = jest.fn<void, [SiagaQuery]>()
  const query = { refId: 'Anno', queryType: 'readings' } as SiagaQuery
  await show(<AnnotationEditor datasource={source()} query={query} onChange={seen} onRunQuery={() => {}} />)
  await pick('Tandai', /Celah data/)
  expect(seen).toHaveBeenLastCalledWith({ refId: 'Anno', queryType: 'annotations', kinds: ['gap'] })
})

test('a variable lists sensors of chosen nodes', async () => {
  const seen = jest.fn<void, [VariableQuery]>()
  function Page() {
    const [query, set] = useState({} as VariableQuery)
    return <VariableEditor datasource={source()} query={query} onChange={(q) => { set(q); seen(q) }} onRunQuery={() => {}} />
  }
  await show(<Page />)
  await pick('Daftar', /Sensor/)
  await pick('Node', /wlingi-01/)
  expect(seen.mock.lastCall![0]).toEqual({ refId: 'variable', list: 'sensors', nodes: ['wlingi-01'] })
  expect(screen.queryByRole('combobox', { name: 'Kecamatan' })).toBeNull()
})
