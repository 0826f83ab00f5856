package world

import (
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Village is a place that a simulated node stands in.
type Village struct {
	// Node is the node's id, such as "sutojayan-01".
	Node reading.NodeID
	// Site is the desa's or kelurahan's Kemendagri code.
	Site reading.SiteCode
	// Name is the desa or kelurahan, District its kecamatan.
	Name, District string
	// Lat and Lon are the middle of the village in degrees (WGS 84).
	Lat, Lon float64

	// What follows shapes the invented world there.

	// HeightM is a rough height above the sea.
	HeightM float64
	// River is how the gauge at the node answers rain.
	River River
	// PeakFlow is the road's flow past the beam in a usual rush hour, vehicles/h.
	PeakFlow float64
}

// River is how a gauge answers rain upstream.
type River struct {
	// BaseM is the level without rain, in m above gauge zero.
	BaseM float64
	// RiseM is what 100 mm of rain upstream would add at the crest, in m, if
	// the banks did not hold the crest down.
	RiseM float64
	// Lag is the time from the middle of the rain to the first rise; Crest is
	// the time from there to the crest, and sets how slowly it falls.
	Lag, Crest time.Duration
}

// Names and codes: Kepmendagri's list of regions, as package idn-area-data 4.0.1
// (npm) and cahyadsn/wilayah_boundaries (GitHub) give them, which agree on every
// one of these. Coordinates: centroids from the latter. Heights, rivers and
// flows are rough or invented.
var villages = [...]Village{
	{"sutojayan-01", "35.05.12.1005", "Sutojayan", "Sutojayan", -8.1856, 112.2194, 140, River{0.9, 3.2, 100 * time.Minute, 150 * time.Minute}, 520},
	{"bacem-01", "35.05.12.2009", "Bacem", "Sutojayan", -8.1940, 112.2388, 145, River{0.8, 2.8, 75 * time.Minute, 120 * time.Minute}, 240},
	{"kalipang-01", "35.05.12.1004", "Kalipang", "Sutojayan", -8.1659, 112.2194, 138, River{1.0, 2.6, 120 * time.Minute, 170 * time.Minute}, 430},
	{"jegu-01", "35.05.12.1008", "Jegu", "Sutojayan", -8.1519, 112.2490, 150, River{1.4, 1.8, 170 * time.Minute, 240 * time.Minute}, 260},
	{"gogodeso-01", "35.05.10.2003", "Gogodeso", "Kanigoro", -8.1414, 112.1862, 145, River{1.3, 1.9, 200 * time.Minute, 260 * time.Minute}, 240},
	{"kanigoro-01", "35.05.10.1008", "Kanigoro", "Kanigoro", -8.1280, 112.2181, 165, River{0.7, 1.6, 90 * time.Minute, 110 * time.Minute}, 640},
	{"wlingi-01", "35.05.17.1004", "Wlingi", "Wlingi", -8.0833, 112.3345, 255, River{0.8, 2.1, 60 * time.Minute, 90 * time.Minute}, 600},
	{"karangrejo-01", "35.05.11.2009", "Karangrejo", "Garum", -8.0001, 112.2638, 420, River{0.5, 3.0, 40 * time.Minute, 60 * time.Minute}, 240},
	{"soso-01", "35.05.15.2010", "Soso", "Gandusari", -7.9904, 112.3306, 480, River{0.5, 2.7, 35 * time.Minute, 55 * time.Minute}, 240},
	{"krisik-01", "35.05.15.2014", "Krisik", "Gandusari", -7.9569, 112.3836, 690, River{0.4, 2.4, 25 * time.Minute, 45 * time.Minute}, 240},
	{"candirejo-01", "35.05.06.2014", "Candirejo", "Ponggok", -8.0035, 112.1544, 240, River{0.5, 2.9, 55 * time.Minute, 80 * time.Minute}, 240},
	{"penataran-01", "35.05.09.2007", "Penataran", "Nglegok", -7.9901, 112.2316, 430, River{0.4, 2.2, 35 * time.Minute, 60 * time.Minute}, 300},
}

// Villages returns the twelve villages. The caller owns the slice.
func Villages() []Village {
	return append([]Village(nil), villages[:]...)
}

// VillageAt returns the village of the i-th node, from 0. After the twelfth it
// begins again with further nodes in the same villages ("sutojayan-02"), each
// with weather, river and traffic of its own. It wants i >= 0.
func VillageAt(i int) Village {
	v := villages[i%len(villages)]
	if n := i / len(villages); n > 0 {
		base := v.Node[:len(v.Node)-len("-01")]
		v.Node = reading.NodeID(fmt.Sprintf("%s-%02d", base, n+1))
	}
	return v
}
