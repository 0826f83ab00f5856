import type { DataFrame, DataQueryRequest, DataQueryResponse, DataSourceInstanceSettings, ScopedVars } from '@grafana/data'
import { DataSourceWithBackend, getTemplateSrv, StreamingFrameAction, type TemplateSrv } from '@grafana/runtime'
import { map, type Observable } from 'rxjs'
import { AnnotationEditor } from './components/AnnotationEditor'
import { seriesOf, withHistory } from './history'
import { Kept } from './kept'
import { expand, expandScope } from './scope'
import { language } from './texts'
import type { Choice, Kind, Listed, Options, Scope, SiagaQuery } from './types'
import { Variables } from './variables'

/** The most rows of one live series that a browser keeps; the oldest go first.
 * At one a second they last over five hours. */
export const liveRows = 20_000

/** Asks a Siaga center by way of the backend of this plugin. */
export class DataSource extends DataSourceWithBackend<SiagaQuery, Options> {
  /** What was read from storage, by request and series. */
  private histories = new WeakMap<DataQueryRequest<SiagaQuery>, Map<string, DataFrame>>()
  private kept = new Kept()

  constructor(
    settings: DataSourceInstanceSettings<Options>,
    readonly templates: TemplateSrv = getTemplateSrv()
  ) {
    super(settings)
    this.variables = new Variables(this) as unknown as typeof this.variables // its editor wants this class
    this.annotations = {
      QueryEditor: AnnotationEditor,
      prepareQuery: ({ target }) => ({ ...target, refId: target?.refId ?? 'Anno', queryType: 'annotations' }),
    }
    this.streamOptionsProvider = (request, frame) => {
      this.histories.get(request)?.set(seriesOf(frame), frame)
      return { maxLength: liveRows, maxDelta: rangeOf(request), action: StreamingFrameAction.Append }
    }
  }

  override getDefaultQuery(): Partial<SiagaQuery> {
    return { queryType: 'readings', quantity: 'pm2_5', values: 'best' }
  }

  /** Whether there is enough to ask for; others are not sent. */
  override filterQuery(query: SiagaQuery): boolean {
    return !query.hide && (query.queryType !== 'readings' || Boolean(query.quantity))
  }

  /** What of a query its type knows, with all variables replaced. */
  override applyTemplateVariables(query: SiagaQuery, vars: ScopedVars): SiagaQuery {
    const { refId, datasource, hide, key, queryType, districts, sites, nodes, sensors } = query
    const scope = expandScope(query, this.templates, vars) ?? { districts, sites, nodes, sensors }
    const asked: SiagaQuery = { refId, datasource, hide, key, queryType, ...scope }
    if (queryType !== 'readings' && queryType !== 'latest') {
      delete asked.sensors
    } else {
      asked.values = query.values ?? 'best'
      if (query.quantity) {
        asked.quantity = this.templates.replace(query.quantity, vars)
      }
    }
    if (queryType === 'readings' && query.live) {
      asked.live = true
    }
    if (queryType === 'annotations' && query.kinds?.length) {
      asked.kinds = expand(query.kinds, this.templates, vars) as Kind[]
    }
    return asked
  }

  /** Queries whose variables have no value are left out. Only what ends now goes
   * on live: a range of yesterday gets no rows of today. */
  override query(request: DataQueryRequest<SiagaQuery>): Observable<DataQueryResponse> {
    const endsNow = request.rangeRaw?.to === 'now'
    const targets = request.targets
      .filter((query) => expandScope(query, this.templates, request.scopedVars) !== null)
      .map((query) => (query.live && !endsNow ? { ...query, live: false } : query))
    const asked = { ...request, targets }
    const histories = new Map<string, DataFrame>()
    this.histories.set(asked, histories)
    const answers = super.query(asked).pipe(map(together(histories, rangeOf(request))))
    if (!targets.some((query) => query.live)) {
      return answers
    }
    // Of the same nodes: nothing may be shown in the place of others.
    const query = JSON.stringify(targets.map((query) => this.applyTemplateVariables(query, request.scopedVars)))
    return answers.pipe(map((response) => this.kept.with(query, response)))
  }

  /** One of the center's lists, for variables and editors, held to a scope whose
   * variables are replaced here. */
  async choices(list: Listed, scope: Scope = {}, vars: ScopedVars = {}): Promise<Choice[]> {
    const held = expandScope(scope, this.templates, vars)
    if (held === null) {
      return []
    }
    return this.getResource(`variables/${list}`, {
      lang: language(),
      district: held.districts,
      site: held.sites,
      node: held.nodes,
    })
  }
}

/** Makes one answer of all channels' answers so far, in the order of the center's.
 * Each comes alone and at its time: a refresh would shuffle a graph's colours. */
function together(histories: Map<string, DataFrame>, rangeMs: number) {
  const frames = new Map<string, DataFrame>()
  return (response: DataQueryResponse): DataQueryResponse => {
    if (!histories.size) {
      return response // nothing is live
    }
    if (!frames.size) {
      histories.forEach((frame, series) => frames.set(series, frame))
    }
    for (const frame of response.data as DataFrame[]) {
      const series = seriesOf(frame)
      const history = histories.get(series)
      frames.set(history ? series : `${frame.refId} ${series}`, withHistory(frame, history, rangeMs))
    }
    return { ...response, key: 'live', data: [...frames.values()] }
  }
}

function rangeOf({ range }: DataQueryRequest<SiagaQuery>): number {
  return range.to.valueOf() - range.from.valueOf()
}
