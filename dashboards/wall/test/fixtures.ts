import type { Reading, VillageNode } from '../src/center'

export function reading(changes: Partial<Reading> = {}): Reading {
  return {
    node: 'jegu-01', sensor: 'pm-1', quantity: 'pm2_5', value: 12.3, unit: 'µg/m³', timeMs: 1_000_000,
    intervalS: 2, quality: 'not evaluated', simulated: false, clock: 'sync', ...changes,
  }
}

export function node(changes: Partial<VillageNode> = {}): VillageNode {
  return {
    id: 'jegu-01', site: '35.05.12.2007', name: 'Jegu', district: 'Sutojayan', place: { lat: -8.15, lon: 112.25 }, claimed: true,
    simulated: false, online: true, lastSeenMs: 1_000_000, clock: 'sync', openGaps: 0, completenessPct: 100, repair: null, retiredMs: null, sensors: [], ...changes,
  }
}
