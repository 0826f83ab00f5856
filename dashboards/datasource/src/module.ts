import { DataSourcePlugin } from '@grafana/data'
import { ConfigEditor } from './components/ConfigEditor'
import { QueryEditor } from './components/QueryEditor'
import { DataSource } from './datasource'
import type { Options, SecureOptions, SiagaQuery } from './types'

export const plugin = new DataSourcePlugin<DataSource, SiagaQuery, Options, SecureOptions>(DataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
