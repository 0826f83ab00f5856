import type { DataFrame, DataQueryResponse } from '@grafana/data'

/** How many live queries' last answers a browser keeps; the oldest go first. */
const most = 50

/** The last answers to live queries. While the center does not answer, a refresh
 * brings the last one again beside the error, so that no panel goes blank: its
 * lines end where they ended, and the panel says what is wrong. */
export class Kept {
  private last = new Map<string, DataFrame[]>()

  /** Keeps an answer to a query, or completes one that failed. */
  with(query: string, response: DataQueryResponse): DataQueryResponse {
    const failed = Boolean(response.error || response.errors?.length)
    if (failed && !response.data.length) {
      return { ...response, data: this.last.get(query) ?? [] }
    }
    if (!failed && response.data.length) {
      this.last.delete(query)
      this.last.set(query, response.data as DataFrame[])
      if (this.last.size > most) {
        this.last.delete(this.last.keys().next().value!)
      }
    }
    return response
  }
}
