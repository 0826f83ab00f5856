// Twelve invented villages and what their sensors would say, as smooth functions
// of time, so that history and present agree.

const villages = [
  ['bacem-01', 'Bacem', 'Sutojayan', '35.05.12.2009', -8.194, 112.2388],
  ['candirejo-01', 'Candirejo', 'Ponggok', '35.05.06.2002', -8.0035, 112.1544],
  ['gogodeso-01', 'Gogodeso', 'Kanigoro', '35.05.10.2004', -8.1414, 112.1862],
  ['jegu-01', 'Jegu', 'Sutojayan', '35.05.12.2007', -8.1519, 112.249],
  ['kalipang-01', 'Kalipang', 'Sutojayan', '35.05.12.2005', -8.1659, 112.2194],
  ['kanigoro-01', 'Kanigoro', 'Kanigoro', '35.05.10.1001', -8.128, 112.2181],
  ['karangrejo-01', 'Karangrejo', 'Garum', '35.05.11.2006', -8.0001, 112.2638],
  ['krisik-01', 'Krisik', 'Gandusari', '35.05.15.2011', -7.9569, 112.3836],
  ['soso-01', 'Soso', 'Gandusari', '35.05.15.2012', -7.9904, 112.3306],
  ['sutojayan-01', 'Sutojayan', 'Sutojayan', '35.05.12.1001', -8.1856, 112.2194],
  ['wlingi-01', 'Wlingi', 'Wlingi', '35.05.17.1001', -8.0833, 112.3345],
  ['wonodadi-01', 'Wonodadi', 'Wonodadi', '35.05.01.2001', -8.0531, 112.0052],
]

const sensors = [
  { id: 'air-1', driver: 'a02yyuw', interval_s: 2, quantities: ['level', 'distance'] },
  { id: 'beam-1', driver: 'breakbeam', interval_s: 4, quantities: ['flow', 'speed'] },
  { id: 'bme-1', driver: 'bme280', interval_s: 2, quantities: ['temperature', 'humidity', 'pressure'] },
  { id: 'pm-1', driver: 'pms5003', interval_s: 2, quantities: ['pm1', 'pm2_5', 'pm10'] },
]

/** What a village with every kind of sensor has besides. */
const further = [
  { id: 'co2-1', driver: 'scd4x', interval_s: 6, quantities: ['co2', 'temperature', 'humidity'] },
  { id: 'gas-co', driver: 'gascell', interval_s: 4, quantities: ['co'] },
  { id: 'gas-no2', driver: 'gascell', interval_s: 4, quantities: ['no2'] },
  { id: 'gas-o3', driver: 'gascell', interval_s: 4, quantities: ['o3'] },
  { id: 'gas-so2', driver: 'gascell', interval_s: 4, quantities: ['so2'] },
  { id: 'pm-2', driver: 'sds011', interval_s: 4, quantities: ['pm2_5', 'pm10'] },
  { id: 'pm-3', driver: 'sps30', interval_s: 2, quantities: ['pm1', 'pm2_5', 'pm4', 'pm10'] },
  { id: 'voc-1', driver: 'sgp30', interval_s: 4, quantities: ['tvoc', 'eco2'] },
  { id: 'air-2', driver: 'maxbotix', interval_s: 4, quantities: ['level', 'distance'] },
  { id: 'press-1', driver: 'currentloop', interval_s: 4, quantities: ['level', 'loop_current'] },
  { id: 'radar-e', driver: 'ops243', interval_s: 4, quantities: ['count', 'flow', 'speed', 'speed_p85', 'headway'] },
  { id: 'radar-w', driver: 'ops243', interval_s: 4, quantities: ['count', 'flow', 'speed', 'speed_p85', 'headway'] },
  { id: 'lidar-1', driver: 'tfluna', interval_s: 4, quantities: ['count', 'flow', 'occupancy', 'headway'] },
  { id: 'rain-1', driver: 'tippingbucket', interval_s: 4, quantities: ['rain', 'rain_rate'] },
  { id: 'solar-1', driver: 'ina219', interval_s: 4, quantities: ['voltage', 'current', 'power'] },
  { id: 'self', driver: 'system', interval_s: 6, quantities: ['cpu_temperature', 'disk_free', 'memory_free', 'uptime', 'throttled', 'undervoltage', 'load'] },
  { id: 'modem-1', driver: 'modem', interval_s: 6, quantities: ['signal'] },
]

/** Village 3 has every kind of sensor; what of it is corrected, by sensor. */
const full = 3
const corrected = { 'pm-1': ['pm2_5', 'pm10'], 'air-1': ['level'], 'bme-1': ['temperature'] }

const sensorsOf = (i) => i !== full ? sensors : [...sensors, ...further]
  .map((s) => ({ ...s, quantities: [...s.quantities, ...(corrected[s.id] ?? []).map((q) => `${q}_cor`)] }))

/** The quantities as the API lists them: domain, unit, decimals, titles. */
const table = {
  pm1: ['air', 'µg/m³', 1, 'PM1', 'PM1'],
  pm2_5: ['air', 'µg/m³', 1, 'PM2.5', 'PM2.5'],
  pm10: ['air', 'µg/m³', 1, 'PM10', 'PM10'],
  co2: ['air', 'ppm', 0, 'Karbon dioksida', 'Carbon dioxide'],
  co: ['air', 'µg/m³', 0, 'Karbon monoksida', 'Carbon monoxide'],
  no2: ['air', 'µg/m³', 1, 'Nitrogen dioksida', 'Nitrogen dioxide'],
  o3: ['air', 'µg/m³', 1, 'Ozon', 'Ozone'],
  so2: ['air', 'µg/m³', 1, 'Sulfur dioksida', 'Sulphur dioxide'],
  tvoc: ['air', 'ppb', 0, 'Senyawa organik', 'Volatile organics'],
  temperature: ['weather', '°C', 2, 'Suhu', 'Temperature'],
  humidity: ['weather', '%RH', 2, 'Kelembapan', 'Humidity'],
  pressure: ['weather', 'hPa', 2, 'Tekanan udara', 'Air pressure'],
  rain: ['weather', 'mm', 2, 'Hujan', 'Rain'],
  rain_rate: ['weather', 'mm/jam', 1, 'Intensitas hujan', 'Rain rate'],
  level: ['water', 'm', 3, 'Tinggi muka air', 'Water level'],
  distance: ['water', 'mm', 0, 'Jarak sensor ke air', 'Distance to water'],
  count: ['traffic', 'kendaraan', 0, 'Jumlah kendaraan', 'Vehicles counted'],
  flow: ['traffic', 'kend./jam', 0, 'Arus', 'Flow'],
  speed: ['traffic', 'km/jam', 1, 'Kecepatan rata-rata', 'Mean speed'],
  speed_p85: ['traffic', 'km/jam', 1, 'Kecepatan persentil 85', '85th percentile speed'],
  occupancy: ['traffic', '%', 2, 'Okupansi', 'Occupancy'],
  headway: ['traffic', 's', 2, 'Waktu antara', 'Headway'],
  voltage: ['power', 'V', 3, 'Tegangan', 'Voltage'],
  current: ['power', 'A', 3, 'Arus listrik', 'Current'],
  power: ['power', 'W', 2, 'Daya', 'Power'],
  cpu_temperature: ['node', '°C', 1, 'Suhu prosesor', 'Processor temperature'],
  disk_free: ['node', 'byte', 0, 'Sisa penyimpanan', 'Free storage'],
  signal: ['node', 'dBm', 0, 'Kuat sinyal', 'Signal strength'],
  pm4: ['air', 'µg/m³', 1, 'PM4', 'PM4'],
  eco2: ['air', 'ppm', 0, 'CO₂ taksiran', 'Estimated CO₂'],
  loop_current: ['water', 'mA', 3, 'Arus loop 4–20 mA', '4–20 mA loop current'],
  memory_free: ['node', 'byte', 0, 'Sisa memori', 'Free memory'],
  uptime: ['node', 's', 0, 'Lama menyala', 'Uptime'],
  throttled: ['node', '0/1', 0, 'Prosesor diperlambat', 'Processor throttled'],
  undervoltage: ['node', '0/1', 0, 'Tegangan catu kurang', 'Supply under-voltage'],
  load: ['node', '%', 1, 'Beban prosesor', 'Processor load'],
}

export const quantities = Object.entries(table).flatMap(([quantity, [domain, unit, decimals, title_id, title_en]]) => [
  { quantity, corrected_of: '', domain, unit, decimals, title_id, title_en },
  { quantity: `${quantity}_cor`, corrected_of: quantity, domain, unit, decimals, title_id: `${title_id} (terkoreksi)`, title_en: `${title_en} (corrected)` },
])

const raw = (q) => q.replace('_cor', '')

const wave = (t, period, phase) => Math.sin((t / period) * 2 * Math.PI + phase)

/** What quantity q is in village i at time t, Unix seconds. */
export function value(i, q, t) {
  const noise = wave(t, 7, i) * 0.4 + wave(t, 3, i * 2) * 0.2
  if (q !== raw(q)) return round(value(i, raw(q), t) * 0.8, table[raw(q)][2])
  const pm = 12 + i * i * 1.4 + 6 * wave(t, 900, i) + noise * 2
  switch (q) {
    case 'pm2_5': return round(Math.max(1, pm), 1)
    case 'pm10': return round(Math.max(1, pm) * 1.6, 1)
    case 'temperature': return round(26 + 2 * wave(t, 3600, i) + noise * 0.1, 2)
    case 'humidity': return round(78 + 8 * wave(t, 2400, i) + noise * 0.3, 2)
    case 'level': return round(1.2 + i * 0.15 + 0.3 * wave(t, 4000, i) + noise * 0.004, 3)
    case 'distance': return round(3800 - i * 150, 0)
    case 'flow': return i === 7 ? 0 : Math.max(0, Math.round(240 + i * 95 + 120 * wave(t, 700, i) + noise * 60))
    case 'pm1': return round(Math.max(1, pm) * 0.7, 1)
    case 'pm4': return round(Math.max(1, pm) * 1.3, 1)
    case 'disk_free': return 21_700_000_000 - Math.round(t % 3600) * 1000
    case 'memory_free': return 512_000_000
    case 'uptime': return Math.round(t % 1e6)
    case 'throttled': case 'undervoltage': return 0
    case 'signal': return -71
    case 'pressure': return round(994 + wave(t, 5000, i), 2)
    case 'voltage': return round(12.7 + 0.2 * wave(t, 600, i), 3)
    case 'current': case 'power': return round(-1.4 + noise, 2)
    case 'speed': return round(38 + 6 * wave(t, 500, i) + noise, 1)
    default: return round(420 + 30 * wave(t, 900, i) + noise * 3, table[q][2])
  }
}

const round = (v, decimals) => Math.round(v * 10 ** decimals) / 10 ** decimals

/** The first n villages; beyond twelve, each has a further node. */
const some = (n) => Array.from({ length: n }, (_, i) => {
  const [id, ...rest] = villages[i % villages.length]
  return [i < villages.length ? id : id.replace('01', `0${1 + Math.floor(i / villages.length)}`), ...rest]
})

/** Whether a node says that quantity at all. */
const said = (node, quantity, faults) => !faults.unmeasured.has(node) || raw(quantity) !== 'level'

/** Node objects as the API lists them; faults as mock-center.mjs describes them. */
export function nodes(nowMs, faults) {
  return some(faults.villages).map(([id, name, district, code, lat, lon], i) => ({
    id,
    site: { code, name, district, district_code: code.slice(0, 8), lat, lon },
    claimed: true,
    simulated: faults.simulated,
    online: !faults.offline.has(id) && !faults.unheard.has(id),
    last_seen: faults.unheard.has(id) ? null : new Date(faults.offline.get(id) ?? nowMs).toISOString(),
    clock: faults.unheard.has(id) ? '' : 'sync',
    clock_error_s: 0.01,
    version: 'mock',
    queue: { packs: 0, bytes: 0, oldest: null },
    completeness_pct: faults.unheard.has(id) ? null : 99.8,
    open_gaps: faults.gaps.get(id) ?? 0,
    repair: faults.repair.get(id) ?? null,
    retired: faults.retired.get(id) ?? null,
    sensors: faults.unheard.has(id) ? [] : sensorsOf(i).map((s) => ({
      ...s,
      quantities: s.quantities.filter((q) => said(id, q, faults)),
      health: faults.failing.get(id) === s.id ? 'failing' : 'ok',
      error: faults.failing.get(id) === s.id ? 'no answer' : '',
    })),
  }))
}

/** Every reading of time t (Unix ms), as the API gives it at nowMs. */
export function readings(tMs, nowMs, faults) {
  return some(faults.villages).flatMap(([node], i) =>
    sensorsOf(i).flatMap((s) => s.quantities.map((quantity) => {
      const at = Math.min(tMs, faults.offline.get(node) ?? tMs)
      const missing = faults.missing.get(node) === raw(quantity)
      const v = faults.values.get(`${node}/${quantity}`) ?? value(i, quantity, at / 1000)
      return {
        node, sensor: s.id, quantity,
        value: missing ? null : v,
        unit: table[raw(quantity)][1], title_id: table[raw(quantity)][3], title_en: table[raw(quantity)][4],
        time: new Date(at).toISOString(),
        age_s: (nowMs - at) / 1000,
        interval_s: s.interval_s,
        stale: nowMs - at > 3000 * s.interval_s,
        quality: missing ? 'missing' : faults.suspect.get(node) === raw(quantity) ? 'suspect' : 'not evaluated',
        simulated: faults.simulated,
        clock: 'sync',
      }
    })),
  ).filter((r) => !faults.unheard.has(r.node) && said(r.node, r.quantity, faults) && faults.silent.get(r.node) !== r.sensor && !(r.node === 'krisik-01' && r.quantity === 'speed'))
}

/** Means of a node's quantity, one point each step; with a gap of five minutes. */
export function history(node, quantity, fromMs, toMs, stepS) {
  const i = villages.findIndex(([id]) => id.slice(0, -1) === node.slice(0, -1))
  const s = sensorsOf(i).find((x) => x.quantities.includes(quantity))
  if (i < 0 || !s) return { node, quantity, unit: '', series: [] }
  const points = []
  for (let t = Math.ceil(fromMs / 1000 / stepS) * stepS; t * 1000 < toMs; t += stepS) {
    const gap = i % 4 === 0 && toMs / 1000 - t > 900 && toMs / 1000 - t < 1200
    points.push({ time: new Date(t * 1000).toISOString(), value: gap ? null : value(i, quantity, t), quality: gap ? 'missing' : 'not evaluated' })
  }
  return { node, quantity, unit: table[raw(quantity)][1], series: [{ sensor: s.id, points }] }
}
