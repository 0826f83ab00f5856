// What the map knows of Kabupaten Blitar without any map service. Approximate:
// good to find a village by eye, not to measure.

export type LatLon = [number, number]

/** What the fixed view shows: the kabupaten with a margin. */
export const view: [LatLon, LatLon] = [[-8.325, 111.968], [-7.915, 112.472]]

/** Centroids of the 22 kecamatan (Kemendagri 35.05), from
 * cahyadsn/wilayah_boundaries. */
export const kecamatan: [string, LatLon][] = [
  ['Wonodadi', [-8.0531, 112.0052]],
  ['Udanawu', [-8.0142, 112.0322]],
  ['Srengat', [-8.0835, 112.0702]],
  ['Kademangan', [-8.1874, 112.1087]],
  ['Bakung', [-8.2719, 112.0746]],
  ['Ponggok', [-8.021, 112.1201]],
  ['Sanankulon', [-8.089, 112.1419]],
  ['Wonotirto', [-8.2638, 112.1759]],
  ['Nglegok', [-7.9979, 112.2206]],
  ['Kanigoro', [-8.1243, 112.2079]],
  ['Garum', [-8.0412, 112.2434]],
  ['Sutojayan', [-8.1751, 112.2283]],
  ['Panggungrejo', [-8.2678, 112.2641]],
  ['Talun', [-8.0994, 112.2738]],
  ['Gandusari', [-7.9964, 112.3297]],
  ['Binangun', [-8.2074, 112.3353]],
  ['Wlingi', [-8.0212, 112.3805]],
  ['Doko', [-8.0413, 112.4052]],
  ['Kesamben', [-8.1267, 112.3809]],
  ['Wates', [-8.29, 112.3438]],
  ['Selorejo', [-8.0963, 112.4367]],
  ['Selopuro', [-8.1379, 112.3114]],
]

/** Kota Blitar is an enclave of its own. */
export const kota: [string, LatLon] = ['Kota Blitar', [-8.0948, 112.167]]

export const kelud: LatLon = [-7.93, 112.308]

/** The Brantas from Karangkates in the east by Wlingi dam (Jegu) and Lodoyo weir
 * (Gogodeso) to Wonodadi in the west. Drawn by hand between known places. */
export const brantas: LatLon[] = [
  [-8.158, 112.485], [-8.158, 112.447], [-8.166, 112.41], [-8.158, 112.372], [-8.16, 112.34],
  [-8.152, 112.311], [-8.156, 112.28], [-8.1519, 112.249], [-8.146, 112.215], [-8.1414, 112.1862],
  [-8.146, 112.15], [-8.143, 112.115], [-8.128, 112.075], [-8.104, 112.03], [-8.08, 111.995], [-8.062, 111.955],
]
/** Where its name is written. */
export const brantasLabel: LatLon = [-8.148, 112.062]
