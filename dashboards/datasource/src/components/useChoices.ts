import { useEffect, useState } from 'react'
import type { ComboboxOption } from '@grafana/ui'
import type { DataSource } from '../datasource'
import { texts } from '../texts'
import type { Listed, Scope } from '../types'

/** What may be chosen, and how far the center's answer is. */
export interface Choices {
  options: ComboboxOption[]
  loading: boolean
  /** Why there is no list; undefined where there is one. */
  problem?: string
}

/** The center's list for a scope, after the dashboard's variables. It is asked
 * again when the scope changes; an answer that comes too late is dropped. */
export function useChoices(source: DataSource, list: Listed, scope: Scope): Choices {
  const asked = JSON.stringify([source.uid, list, scope])
  const [answer, setAnswer] = useState<{ asked: string; options: ComboboxOption[]; problem?: string }>()
  useEffect(() => {
    let wanted = true
    const [, , held] = JSON.parse(asked) as [string, Listed, Scope]
    source.choices(list, held).then(
      (choices) => wanted && setAnswer({ asked, options: choices.map(({ text, value }) => ({ label: text, value, description: text === value ? undefined : value })) }),
      (error) => wanted && setAnswer({ asked, options: [], problem: reason(error) })
    )
    return () => {
      wanted = false
    }
  }, [source, list, asked])
  const variables = source.templates.getVariables().map(({ name }) => ({ label: `$${name}`, value: `$${name}`, description: texts().variable }))
  return { options: [...variables, ...(answer?.options ?? [])], loading: answer?.asked !== asked, problem: answer?.problem }
}

/** What of a failed request a person should read. */
function reason(error: unknown): string {
  const { data, statusText, message } = error as { data?: { message?: string; error?: string }; statusText?: string; message?: string }
  return data?.message ?? data?.error ?? statusText ?? message ?? String(error)
}
