import type { ScopedVars } from '@grafana/data'
import type { TemplateSrv } from '@grafana/runtime'
import type { Scope } from './types'

const lists = ['districts', 'sites', 'nodes', 'sensors'] as const

/** Replaces the variables among entries by all values that they have. Each value
 * comes once, in order; a variable that nobody knows stays as it is written, so
 * that the center refuses it by name. */
export function expand(entries: string[], templates: TemplateSrv, vars: ScopedVars): string[] {
  const all = new Set<string>()
  for (const entry of entries) {
    let replaced = false
    const text = templates.replace(entry, vars, (value: string | string[]) => {
      replaced = true
      for (const one of [value].flat()) {
        all.add(String(one))
      }
      return ''
    })
    if (!replaced) {
      all.add(text)
    }
  }
  all.delete('')
  return [...all]
}

/** Expands a scope's lists, leaving out those that hold to nothing. It is null
 * where a list that had entries has none left, such as a variable without a
 * value: that asks for nothing, and an empty list would ask for everything. */
export function expandScope(scope: Scope, templates: TemplateSrv, vars: ScopedVars): Scope | null {
  const expanded: Scope = {}
  for (const list of lists) {
    const entries = scope[list]
    if (!entries?.length) {
      continue
    }
    expanded[list] = expand(entries, templates, vars)
    if (!expanded[list].length) {
      return null
    }
  }
  return expanded
}
