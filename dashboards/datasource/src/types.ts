import type { DataQuery, DataSourceJsonData } from '@grafana/data'

/** What a query asks of the center; the backend has a frame for each. */
export type QueryType = 'readings' | 'latest' | 'nodes' | 'gaps' | 'quarantine' | 'annotations'

/** Which of a sensor's two values: `best` is the corrected one where there is
 * one, else the raw one. */
export type Values = 'best' | 'raw' | 'corrected'

/** What an annotation may mark. */
export type Kind = 'gap' | 'configuration' | 'event'

/** The places and parts that a query is held to. An empty or absent list holds
 * to nothing: all of them. Before a query goes to the backend an entry may be a
 * dashboard variable such as `$node`, which stands for as many as it has. */
export interface Scope {
  /** Kemendagri codes of kecamatan, such as 35.05.12. */
  districts?: string[]
  /** Kemendagri codes of desa and kelurahan, such as 35.05.12.1005. */
  sites?: string[]
  nodes?: string[]
  sensors?: string[]
}

/** A query as dashboards keep it and, its variables replaced, as the backend
 * reads it, which refuses keys that it does not know. */
export interface SiagaQuery extends DataQuery, Scope {
  queryType: QueryType
  /** A quantity's name such as pm2_5, or a variable; readings need one. */
  quantity?: string
  values?: Values
  /** Readings only, of a range that ends now: go on through Grafana Live. */
  live?: boolean
  /** Annotations only; empty or absent means all. */
  kinds?: Kind[]
}

/** What a variable lists. */
export type Listed = 'districts' | 'sites' | 'nodes' | 'sensors' | 'quantities'

/** A dashboard variable's query. */
export interface VariableQuery extends DataQuery, Scope {
  list: Listed
}

/** An entry of the center's lists. */
export interface Choice {
  text: string
  value: string
}

/** Settings that every user of the data source may read. */
export interface Options extends DataSourceJsonData {
  /** Where the center answers, such as https://siaga.blitar.example:8443. */
  url?: string
  /** Whom to believe beside the system's authorities, in PEM. */
  caCert?: string
}

/** Settings that leave Grafana's database only towards the backend. */
export interface SecureOptions {
  token?: string
}
