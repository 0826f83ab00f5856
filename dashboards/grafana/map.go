package grafana

// ground is the map's ground: shapes that the plugin brings along. A tile layer
// would ask the internet; without the plugin the markers stand on nothing.
const ground = "public/plugins/" + PluginID + "/maps/kabupaten-blitar.geojson"

// onMap is lighter than noValueColor, which would be lost on the dark ground.
const onMap = "#aab2bd"

// villages are on the map, each coloured by the worst of its air and its river: an
// ISPU divided by 100, less a little so that 100 is below 1, and a gauge's rank meet
// on one scale, on which 1 is the first that people are warned of. Who is silent, or of whom neither is known, is below
// that scale and grey. The view is fixed: one that fits itself would jump at each
// refresh.
func villages(at Place) Panel {
	return Panel{
		Kind: Geomap, Place: at, Title: Text{"Keadaan terburuk tiap desa", "Worst state of each village"},
		Description: Text{
			"Warna: yang terburuk dari tingkat siaga sungai dan ISPU 24 jam. Hijau: normal; kuning: tingkat 1 atau ISPU di atas 100; jingga: tingkat 2 atau di atas 200; merah: tingkat 3 atau di atas 300; abu-abu: diam, atau belum diketahui",
			"Colour: the worse of the river's rank and the 24-hour ISPU. Green: normal; yellow: rank 1 or ISPU above 100; orange: rank 2 or above 200; red: rank 3 or above 300; grey: silent, or not known yet",
		},
		Queries: []Query{
			table(`SELECT "lat", "lon", "node", "online" - 2 AS "dasar", "online" * 10 - 10 AS "diam" FROM %s`, perNode("online", "lat", "lon")),
			table(`SELECT max("rank") AS "sungai", max("ispu") / 100 - 0.01 AS "udara" FROM "index" WHERE time > now() - %s GROUP BY "node"`, newestWithin),
		},
		Transforms: []Transform{
			without("Time"), joined(), rowwise("terburuk", "max", "dasar", "sungai", "udara"), sum("parah", "terburuk", "diam"),
		},
		Field: Field{
			Unit: same("none"), Links: toVillage,
			Steps: []Step{{0, onMap}, {0, rankColors[0]}, {1, rankColors[1]}, {2, rankColors[2]}, {3, rankColors[3]}},
		},
		Options: map[string]any{
			"view":     map[string]any{"id": "coords", "lat": -8.09, "lon": 112.26, "zoom": 11.1, "allLayers": true},
			"controls": map[string]any{"showZoom": false, "mouseWheelZoom": false, "showAttribution": false, "showScale": false, "showMeasure": false, "showDebug": false},
			"tooltip":  map[string]any{"mode": "details"},
			"basemap": map[string]any{
				"type": "geojson", "name": "ground", "opacity": 1,
				"config": map[string]any{
					"src": ground, "rules": []any{},
					"style": map[string]any{"color": map[string]any{"fixed": "#5f6b7a"}, "opacity": 0.25, "lineWidth": 1},
				},
			},
			"layers": []any{map[string]any{
				"type": "markers", "name": Text{"Desa", "Villages"}, "tooltip": true,
				"location": map[string]any{"mode": "coords", "latitude": "lat", "longitude": "lon"},
				"config": map[string]any{
					"showLegend": false,
					"style": map[string]any{
						"color": map[string]any{"field": "parah", "fixed": noValueColor}, "opacity": 1,
						"size":        map[string]any{"fixed": 11, "min": 2, "max": 15},
						"symbol":      map[string]any{"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
						"symbolAlign": map[string]any{"horizontal": "center", "vertical": "center"},
						"text":        map[string]any{"mode": "field", "field": "node", "fixed": ""},
						"textConfig":  map[string]any{"fontSize": 14, "textAlign": "center", "textBaseline": "bottom", "offsetX": 0, "offsetY": -13},
					},
				},
			}},
		},
	}
}
