import type { QueryEditorProps } from '@grafana/data'
import { InlineField, InlineFieldRow, MultiCombobox } from '@grafana/ui'
import type { DataSource } from '../datasource'
import { texts } from '../texts'
import type { Kind, Options, SiagaQuery } from '../types'
import { ScopeFields } from './ScopeFields'

const kinds: Kind[] = ['gap', 'configuration', 'event']

/** Chooses what annotations mark, and where. */
export function AnnotationEditor({ datasource, query, onChange, onRunQuery }: QueryEditorProps<DataSource, SiagaQuery, Options>) {
  const t = texts()
  const change = (changed: Partial<SiagaQuery>) => {
    onChange({ ...query, ...changed, queryType: 'annotations' })
    onRunQuery()
  }
  return (
    <>
      <InlineFieldRow>
        <InlineField label={t.kinds} labelWidth={12} htmlFor="siaga-kinds">
          <MultiCombobox
            id="siaga-kinds"
            options={kinds.map((kind) => ({ value: kind, label: t.kindsOf[kind] }))}
            value={query.kinds ?? []}
            onChange={(picked) => change({ kinds: picked.map(({ value }) => value) })}
            placeholder={t.all}
            isClearable
            width={60}
          />
        </InlineField>
      </InlineFieldRow>
      <ScopeFields source={datasource} scope={query} lists={['districts', 'sites', 'nodes']} onChange={change} />
    </>
  )
}
