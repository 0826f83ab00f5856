import { InlineField, InlineFieldRow, MultiCombobox } from '@grafana/ui'
import type { DataSource } from '../datasource'
import { texts } from '../texts'
import type { Scope } from '../types'
import { useChoices } from './useChoices'

/** A list of a scope. */
export type ScopeList = keyof Scope

interface Props {
  source: DataSource
  scope: Scope
  /** Which lists are offered, in this order. */
  lists: ScopeList[]
  onChange: (scope: Scope) => void
}

/** Pick lists for places and parts, each held to what is chosen in those before
 * it: the villages of the chosen districts, their nodes, those nodes' sensors. */
export function ScopeFields({ source, scope, lists, onChange }: Props) {
  return (
    <InlineFieldRow>
      {lists.map((list, i) => (
        <ScopeField
          key={list}
          source={source}
          list={list}
          scope={scope}
          tells={i === 0}
          onPick={(values) => onChange({ [list]: values.length ? values : undefined })}
        />
      ))}
    </InlineFieldRow>
  )
}

interface FieldProps {
  source: DataSource
  list: ScopeList
  scope: Scope
  /** Whether it says why there is no list; the others are only marked. */
  tells: boolean
  onPick: (values: string[]) => void
}

function ScopeField({ source, list, scope, tells, onPick }: FieldProps) {
  const t = texts()
  const { options, loading, problem } = useChoices(source, list, before(list, scope))
  const id = `siaga-${list}`
  return (
    <InlineField label={t[list]} labelWidth={12} htmlFor={id} invalid={Boolean(problem)} error={tells && problem && `${t.notListed}: ${problem}. ${t.notListedHelp}`}>
      <MultiCombobox
        id={id}
        options={options}
        loading={loading}
        value={scope[list] ?? []}
        onChange={(picked) => onPick(picked.map(({ value }) => value))}
        placeholder={t.all}
        isClearable
        width={30}
      />
    </InlineField>
  )
}

/** The part of a scope that a list is held to. */
function before(list: ScopeList, { districts, sites, nodes }: Scope): Scope {
  switch (list) {
    case 'districts':
      return {}
    case 'sites':
      return { districts }
    case 'nodes':
      return { districts, sites }
    case 'sensors':
      return { nodes }
  }
}
