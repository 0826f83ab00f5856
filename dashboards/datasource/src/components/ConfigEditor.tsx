import type { DataSourcePluginOptionsEditorProps } from '@grafana/data'
import { Field, Input, SecretInput, TextArea } from '@grafana/ui'
import { texts } from '../texts'
import type { Options, SecureOptions } from '../types'

/** The settings of the data source. What is wrong with them, the backend's health
 * check says. */
export function ConfigEditor({ options, onOptionsChange }: DataSourcePluginOptionsEditorProps<Options, SecureOptions>) {
  const t = texts()
  const { jsonData, secureJsonData, secureJsonFields } = options
  const settings = (changed: Options) => onOptionsChange({ ...options, jsonData: { ...jsonData, ...changed } })
  return (
    <>
      <Field label={t.url} description={t.urlHelp} htmlFor="siaga-url" required>
        <Input
          id="siaga-url"
          type="url"
          width={60}
          value={jsonData.url ?? ''}
          placeholder="http://127.0.0.1:8088"
          onChange={({ currentTarget }) => settings({ url: currentTarget.value.trim() })}
        />
      </Field>
      <Field label={t.token} description={t.tokenHelp} htmlFor="siaga-token" required>
        <SecretInput
          id="siaga-token"
          width={60}
          isConfigured={Boolean(secureJsonFields?.token)}
          value={secureJsonData?.token ?? ''}
          onChange={({ currentTarget }) => onOptionsChange({ ...options, secureJsonData: { token: currentTarget.value.trim() } })}
          onReset={() =>
            onOptionsChange({ ...options, secureJsonFields: { ...secureJsonFields, token: false }, secureJsonData: { token: '' } })
          }
        />
      </Field>
      <Field label={t.caCert} description={t.caCertHelp} htmlFor="siaga-ca" style={{ maxWidth: 480 }}>
        <TextArea
          id="siaga-ca"
          rows={6}
          value={jsonData.caCert ?? ''}
          placeholder="-----BEGIN CERTIFICATE-----"
          onChange={({ currentTarget }) => settings({ caCert: currentTarget.value })}
        />
      </Field>
    </>
  )
}
