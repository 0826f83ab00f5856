import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data'
import { from, map, type Observable } from 'rxjs'
import { VariableEditor } from './components/VariableEditor'
import type { DataSource } from './datasource'
import type { VariableQuery } from './types'

/** Dashboard variables that list what the center knows. */
export class Variables extends CustomVariableSupport<DataSource, VariableQuery> {
  editor = VariableEditor

  constructor(private source: DataSource) {
    super()
  }

  query({ targets, scopedVars }: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> {
    const { list = 'nodes', ...scope } = targets[0] ?? {}
    return from(this.source.choices(list, scope, scopedVars)).pipe(map((data) => ({ data })))
  }
}
