import { CoreApp, type QueryEditorProps } from '@grafana/data'
import { Combobox, InlineField, InlineFieldRow, InlineSwitch, RadioButtonGroup } from '@grafana/ui'
import type { DataSource } from '../datasource'
import { texts } from '../texts'
import type { Options, SiagaQuery, Values } from '../types'
import { ScopeFields, type ScopeList } from './ScopeFields'
import { useChoices } from './useChoices'

type Props = QueryEditorProps<DataSource, SiagaQuery, Options>

const queryTypes = ['readings', 'latest', 'nodes', 'gaps', 'quarantine'] as const
const values: Values[] = ['best', 'raw', 'corrected']

/** Makes a panel's query by choosing; there is nothing to write. */
export function QueryEditor({ datasource, query, onChange, onRunQuery, app }: Props) {
  const t = texts()
  const change = (changed: Partial<SiagaQuery>) => {
    onChange({ ...query, ...changed })
    onRunQuery()
  }
  const measured = query.queryType === 'readings' || query.queryType === 'latest'
  const places: ScopeList[] = ['districts', 'sites', 'nodes']
  return (
    <>
      <InlineFieldRow>
        <InlineField label={t.queryType} labelWidth={12} htmlFor="siaga-type">
          <Combobox
            id="siaga-type"
            width={25}
            options={queryTypes.map((type) => ({ value: type, label: t.queryTypes[type] }))}
            value={query.queryType as (typeof queryTypes)[number]}
            onChange={({ value }) => change({ queryType: value })}
          />
        </InlineField>
        {measured && <Quantity datasource={datasource} query={query} onPick={(quantity) => change({ quantity })} />}
        {measured && (
          <InlineField label={t.values} labelWidth={10}>
            <RadioButtonGroup
              options={values.map((value) => ({ value, label: t.valuesOf[value], description: t.valuesHelp[value] }))}
              value={query.values ?? 'best'}
              onChange={(picked) => change({ values: picked })}
            />
          </InlineField>
        )}
        {query.queryType === 'readings' && app !== CoreApp.UnifiedAlerting && (
          <InlineField label={t.live} labelWidth={12} tooltip={t.liveHelp} htmlFor="siaga-live">
            <InlineSwitch id="siaga-live" value={query.live ?? false} onChange={({ currentTarget }) => change({ live: currentTarget.checked })} />
          </InlineField>
        )}
      </InlineFieldRow>
      <ScopeFields source={datasource} scope={query} lists={measured ? [...places, 'sensors'] : places} onChange={change} />
    </>
  )
}

interface QuantityProps {
  datasource: DataSource
  query: SiagaQuery
  onPick: (quantity?: string) => void
}

/** Readings are of one quantity, so that a graph has one unit; latest values may
 * be of all. */
function Quantity({ datasource, query, onPick }: QuantityProps) {
  const t = texts()
  const { options, loading, problem } = useChoices(datasource, 'quantities', {})
  const needed = query.queryType === 'readings'
  return (
    <InlineField
      label={t.quantity}
      labelWidth={12}
      htmlFor="siaga-quantity"
      invalid={Boolean(problem) || (needed && !query.quantity)}
    >
      <Combobox
        id="siaga-quantity"
        width={30}
        options={options}
        loading={loading}
        value={query.quantity ?? null}
        onChange={(picked) => onPick(picked?.value)}
        placeholder={needed ? t.quantityPick : t.quantityAll}
        isClearable
      />
    </InlineField>
  )
}
