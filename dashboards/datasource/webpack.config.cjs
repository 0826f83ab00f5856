// Builds dist/: one AMD module for Grafana's loader, and the files beside it.
// What Grafana lends its plugins at run time, React first, is never bundled: two
// Reacts in one page break each other.

const path = require('node:path')
const CopyPlugin = require('copy-webpack-plugin')
const { version } = require('./package.json')
const { id } = require('./src/plugin.json')

// SOURCE_DATE_EPOCH (seconds) makes two builds of one commit the same.
const epoch = process.env.SOURCE_DATE_EPOCH
const today = (epoch ? new Date(Number(epoch) * 1000) : new Date()).toISOString().slice(0, 10)

module.exports = {
  mode: 'production',
  devtool: 'source-map',
  context: path.join(__dirname, 'src'),
  entry: { module: './module.ts' },
  output: {
    path: path.join(__dirname, 'dist'),
    filename: '[name].js',
    library: { type: 'amd' },
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
    clean: true,
  },
  externals: ['react', 'react/jsx-runtime', 'react-dom', 'rxjs', '@grafana/data', '@grafana/runtime', '@grafana/ui'],
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        loader: 'ts-loader',
        options: { transpileOnly: true, compilerOptions: { noEmit: false } }, // npm run check has the types
      },
    ],
  },
  plugins: [
    new CopyPlugin({
      patterns: [
        {
          from: 'plugin.json',
          transform: (text) => text.toString().replaceAll('%VERSION%', version).replaceAll('%TODAY%', today),
        },
        { from: 'img/*.svg' },
        { from: 'maps/*.geojson' },
        { from: '../README.md' },
        { from: '../CHANGELOG.md' },
        { from: '../../../LICENSE', to: 'LICENSE', toType: 'file' },
      ],
    }),
  ],
}
