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
  { id: 'bme-1', driver: 'bme280', interval_s: 2, quantities: ['temperature', 'humidity'] },
  { id: 'pm-1', driver: 'pms5003', interval_s: 2, quantities: ['pm2_5', 'pm10'] },
]

const units = {
  pm2_5: 'µg/m³', pm10: 'µg/m³', temperature: '°C', humidity: '%RH',
  level: 'm', distance: 'mm', flow: 'kend./jam', speed: 'km/jam',
}

const wave = (t, period, phase) => Math.sin((t / period) * 2 * Math.PI + phase)

/** What quantity q is in village i at time t, Unix seconds. */
export function value(i, q, t) {
  const noise = wave(t, 7, i) * 0.4 + wave(t, 3, i * 2) * 0.2
  const pm = 12 + i * i * 1.4 + 6 * wave(t, 900, i) + noise * 2
  switch (q) {
    case 'pm2_5': return round(Math.max(1, pm), 1)
    case 'pm10': return round(Math.max(1, pm) * 1.6, 1)
    case 'temperature': return round(26 + 2 * wave(t, 3600, i) + noise * 0.1, 2)
    case 'humidity': return round(78 + 8 * wave(t, 2400, i) + noise * 0.3, 2)
    case 'level': return round(1.2 + i * 0.15 + 0.3 * wave(t, 4000, i) + noise * 0.004, 3)
    case 'distance': return round(3800 - i * 150, 0)
    case 'flow': return i === 7 ? 0 : Math.max(0, Math.round(240 + i * 95 + 120 * wave(t, 700, i) + noise * 60))
    case 'speed': return round(38 + 6 * wave(t, 500, i) + noise, 1)
  }
}

const round = (v, decimals) => Math.round(v * 10 ** decimals) / 10 ** decimals

/** The first n villages; beyond twelve, each has a further node. */
const some = (n) => Array.from({ length: n }, (_, i) => {
  const [id, ...rest] = villages[i % villages.length]
  return [i < villages.length ? id : id.replace('01', `0${1 + Math.floor(i / villages.length)}`), ...rest]
})

/** Node objects as the API lists them; faults as mock-center.mjs describes them. */
export function nodes(nowMs, faults) {
  return some(faults.villages).map(([id, name, district, code, lat, lon]) => ({
    id,
    site: { code, name, district, district_code: code.slice(0, 8), lat, lon },
    claimed: true,
    simulated: faults.simulated,
    online: !faults.offline.has(id),
    last_seen: new Date(faults.offline.get(id) ?? nowMs).toISOString(),
    clock: 'sync',
    clock_error_s: 0.01,
    version: 'mock',
    queue: { packs: 0, bytes: 0, oldest: null },
    completeness_pct: 99.8,
    open_gaps: faults.gaps.get(id) ?? 0,
    sensors: sensors.map((s) => ({
      ...s,
      health: faults.failing.get(id) === s.id ? 'failing' : 'ok',
      error: faults.failing.get(id) === s.id ? 'no answer' : '',
    })),
  }))
}

/** Every reading of time t (Unix ms), as the API gives it at nowMs. */
export function readings(tMs, nowMs, faults) {
  return some(faults.villages).flatMap(([node], i) =>
    sensors.flatMap((s) => s.quantities.map((quantity) => {
      const at = Math.min(tMs, faults.offline.get(node) ?? tMs)
      const missing = faults.missing.get(node) === quantity
      const v = faults.values.get(`${node}/${quantity}`) ?? value(i, quantity, at / 1000)
      return {
        node, sensor: s.id, quantity,
        value: missing ? null : v,
        unit: units[quantity], title_id: quantity, title_en: quantity,
        time: new Date(at).toISOString(),
        age_s: (nowMs - at) / 1000,
        interval_s: s.interval_s,
        stale: nowMs - at > 3000 * s.interval_s,
        quality: missing ? 'missing' : faults.suspect.get(node) === quantity ? 'suspect' : 'not evaluated',
        simulated: faults.simulated,
        clock: 'sync',
      }
    })),
  ).filter((r) => faults.silent.get(r.node) !== r.sensor && !(r.node === 'krisik-01' && r.quantity === 'speed'))
}

/** Means of a node's quantity, one point each step; with a gap of five minutes. */
export function history(node, quantity, fromMs, toMs, stepS) {
  const i = villages.findIndex(([id]) => id.slice(0, -1) === node.slice(0, -1))
  const s = sensors.find((x) => x.quantities.includes(quantity))
  if (i < 0 || !s) return { node, quantity, unit: '', series: [] }
  const points = []
  for (let t = Math.ceil(fromMs / 1000 / stepS) * stepS; t * 1000 < toMs; t += stepS) {
    const gap = i % 4 === 0 && toMs / 1000 - t > 900 && toMs / 1000 - t < 1200
    points.push({ time: new Date(t * 1000).toISOString(), value: gap ? null : value(i, quantity, t), quality: gap ? 'missing' : 'not evaluated' })
  }
  return { node, quantity, unit: units[quantity], series: [{ sensor: s.id, points }] }
}
