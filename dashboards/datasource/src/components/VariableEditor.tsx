import type { QueryEditorProps } from '@grafana/data'
import { Combobox, InlineField, InlineFieldRow } from '@grafana/ui'
import type { DataSource } from '../datasource'
import { texts } from '../texts'
import type { Listed, Options, SiagaQuery, VariableQuery } from '../types'
import { ScopeFields, type ScopeList } from './ScopeFields'

/** What each list can be held to. */
const heldTo: Record<Listed, ScopeList[]> = {
  districts: [],
  sites: ['districts'],
  nodes: ['districts', 'sites'],
  sensors: ['nodes'],
  quantities: [],
}

/** Chooses what a dashboard variable lists, and of which places. */
export function VariableEditor({ datasource, query, onChange }: QueryEditorProps<DataSource, SiagaQuery, Options, VariableQuery>) {
  const t = texts()
  const list = query.list ?? 'nodes'
  const refId = query.refId ?? 'variable'
  return (
    <>
      <InlineFieldRow>
        <InlineField label={t.list} labelWidth={12} htmlFor="siaga-list">
          <Combobox
            id="siaga-list"
            width={25}
            options={[
              { value: 'districts', label: t.districts },
              { value: 'sites', label: t.sites },
              { value: 'nodes', label: t.nodes },
              { value: 'sensors', label: t.sensors },
              { value: 'quantities', label: t.quantity },
            ]}
            value={list}
            onChange={({ value }) => onChange({ refId, list: value })}
          />
        </InlineField>
      </InlineFieldRow>
      <ScopeFields source={datasource} scope={query} lists={heldTo[list]} onChange={(scope) => onChange({ ...query, refId, list, ...scope })} />
    </>
  )
}
