package reading

// Domain is what a quantity tells about. It is the InfluxDB measurement.
type Domain string

// The domains of readings that nodes send.
const (
	Air      Domain = "air"
	Weather  Domain = "weather"
	Water    Domain = "water"
	Traffic  Domain = "traffic"
	Power    Domain = "power"
	NodeSelf Domain = "node"
)

// Quantity is an index into the table of quantities. Its zero value is no
// quantity. The numbers are not stable across versions: only names are written
// to wires and disks.
type Quantity uint8

// Info is what there is to know of a quantity.
type Info struct {
	// Name is the quantity's name in packs and the InfluxDB field, lower case.
	Name string
	// Domain is the InfluxDB measurement.
	Domain Domain
	// Unit is the SenML unit symbol (RFC 8428, RFC 8798 or the IANA registry);
	// "" where the registry has none.
	Unit string
	// Secondary is true where Unit is from the registry of secondary units, so
	// that a pack with it must say bver 26 (RFC 9100, feature 4).
	Secondary bool
	// Display is the unit as people read it.
	Display string
	// Min and Max are plausible limits in Unit. A value outside is stored and
	// flagged, never refused: a record crest is data.
	Min, Max float64
	// Decimals is the resolution that travels: digits after the point in Unit.
	Decimals int
	// TitleID and TitleEN are what people call it.
	TitleID, TitleEN string
}

// The quantities. Names, fields and units are design decisions that data on
// disk depends on: they may be added to, never changed.
const (
	_ Quantity = iota
	PM1
	PM2_5
	PM10
	CO2
	CO
	NO2
	O3
	SO2
	TVOC
	Temperature
	Humidity
	Pressure
	Rain
	RainRate
	Level
	Distance
	Discharge
	Count
	Flow
	Speed
	SpeedP85
	Occupancy
	Headway
	Voltage
	Current
	PowerW
	CPUTemperature
	DiskFree
	Signal
	PM4
	PM1CF1
	PM2_5CF1
	PM10CF1
	ECO2
	LoopCurrent
	MemoryFree
	Uptime
	Throttled
	UnderVoltage
	DiskWear
	Load
	quantityEnd
)

// correctedBit marks the corrected twin of a quantity.
const correctedBit Quantity = 0x80

// correctedSuffix ends the name of a corrected quantity.
const correctedSuffix = "_cor"

// Limits: default plausible ranges per channel. Air, climate, level, speed and
// battery ranges are Siaga's proposals for Kabupaten Blitar (0 to about 1000 m
// above the sea), wide enough to hold the sensors' own ranges where the
// installation decides; gases hold the top knot of ISPU (Permen LHK P.14/2020).
var table = [quantityEnd]Info{
	PM1:         {"pm1", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM1", "PM1"},
	PM2_5:       {"pm2_5", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM2.5", "PM2.5"},
	PM10:        {"pm10", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM10", "PM10"},
	CO2:         {"co2", Air, "ppm", true, "ppm", 350, 10000, 0, "Karbon dioksida", "Carbon dioxide"},
	CO:          {"co", Air, "ug/m3", true, "µg/m³", 0, 45000, 0, "Karbon monoksida", "Carbon monoxide"},
	NO2:         {"no2", Air, "ug/m3", true, "µg/m³", 0, 3000, 1, "Nitrogen dioksida", "Nitrogen dioxide"},
	O3:          {"o3", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "Ozon", "Ozone"},
	SO2:         {"so2", Air, "ug/m3", true, "µg/m³", 0, 1200, 1, "Sulfur dioksida", "Sulphur dioxide"},
	TVOC:        {"tvoc", Air, "ppb", true, "ppb", 0, 60000, 0, "Senyawa organik", "Volatile organics"},
	Temperature: {"temperature", Weather, "Cel", false, "°C", 10, 45, 2, "Suhu", "Temperature"},
	Humidity:    {"humidity", Weather, "%RH", false, "%RH", 10, 100, 2, "Kelembapan", "Humidity"},
	Pressure:    {"pressure", Weather, "hPa", true, "hPa", 850, 1020, 2, "Tekanan udara", "Air pressure"},
	Rain:        {"rain", Weather, "mm", true, "mm", 0, 100, 2, "Hujan", "Rain"},
	RainRate:    {"rain_rate", Weather, "mm/h", true, "mm/jam", 0, 600, 1, "Intensitas hujan", "Rain rate"},
	Level:       {"level", Water, "m", false, "m", -5, 30, 3, "Tinggi muka air", "Water level"},
	Distance:    {"distance", Water, "mm", true, "mm", 30, 50000, 0, "Jarak sensor ke air", "Distance to water"},
	Discharge:   {"discharge", Water, "m3/s", false, "m³/s", 0, 5000, 2, "Debit", "Discharge"},
	Count:       {"count", Traffic, "count", false, "kendaraan", 0, 10000, 0, "Jumlah kendaraan", "Vehicles counted"},
	Flow:        {"flow", Traffic, "", false, "kend./jam", 0, 7200, 0, "Arus", "Flow"},
	Speed:       {"speed", Traffic, "km/h", true, "km/jam", 3, 160, 1, "Kecepatan rata-rata", "Mean speed"},
	SpeedP85:    {"speed_p85", Traffic, "km/h", true, "km/jam", 3, 160, 1, "Kecepatan persentil 85", "85th percentile speed"},
	Occupancy:   {"occupancy", Traffic, "/100", true, "%", 0, 100, 2, "Okupansi", "Occupancy"},
	Headway:     {"headway", Traffic, "s", false, "s", 0, 3600, 2, "Waktu antara", "Headway"},
	Voltage:     {"voltage", Power, "V", false, "V", 9, 15.5, 3, "Tegangan", "Voltage"},
	Current:     {"current", Power, "A", false, "A", -20, 20, 3, "Arus listrik", "Current"},
	PowerW:      {"power", Power, "W", false, "W", -300, 300, 2, "Daya", "Power"},

	CPUTemperature: {"cpu_temperature", NodeSelf, "Cel", false, "°C", 0, 85, 1, "Suhu prosesor", "Processor temperature"},
	DiskFree:       {"disk_free", NodeSelf, "B", false, "byte", 0, 1e13, 0, "Sisa penyimpanan", "Free storage"},
	Signal:         {"signal", NodeSelf, "dBm", true, "dBm", -140, 0, 0, "Kuat sinyal", "Signal strength"},

	PM4:          {"pm4", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM4", "PM4"},
	PM1CF1:       {"pm1_cf1", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM1 (CF=1)", "PM1 (CF=1)"},
	PM2_5CF1:     {"pm2_5_cf1", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM2.5 (CF=1)", "PM2.5 (CF=1)"},
	PM10CF1:      {"pm10_cf1", Air, "ug/m3", true, "µg/m³", 0, 1000, 1, "PM10 (CF=1)", "PM10 (CF=1)"},
	ECO2:         {"eco2", Air, "ppm", true, "ppm", 400, 60000, 0, "CO₂ taksiran", "Estimated CO₂"},
	LoopCurrent:  {"loop_current", Water, "mA", true, "mA", 3.8, 20.5, 3, "Arus loop 4–20 mA", "4–20 mA loop current"},
	MemoryFree:   {"memory_free", NodeSelf, "B", false, "byte", 0, 1e12, 0, "Sisa memori", "Free memory"},
	Uptime:       {"uptime", NodeSelf, "s", false, "s", 0, 1e9, 0, "Lama menyala", "Uptime"},
	Throttled:    {"throttled", NodeSelf, "count", false, "0/1", 0, 1, 0, "Prosesor diperlambat", "Processor throttled"},
	UnderVoltage: {"undervoltage", NodeSelf, "count", false, "0/1", 0, 1, 0, "Tegangan catu kurang", "Supply under-voltage"},
	DiskWear:     {"disk_wear", NodeSelf, "/100", true, "%", 0, 100, 0, "Keausan penyimpanan", "Storage wear"},
	Load:         {"load", NodeSelf, "/100", true, "%", 0, 100, 1, "Beban prosesor", "Processor load"},
}

// corrected holds the twins: what the table says, under a name and titles of
// their own.
var corrected = func() (twins [quantityEnd]Info) {
	for q := Quantity(1); q < quantityEnd; q++ {
		in := table[q]
		in.Name += correctedSuffix
		in.TitleID += " (terkoreksi)"
		in.TitleEN += " (corrected)"
		twins[q] = in
	}
	return twins
}()

var byName = func() map[string]Quantity {
	m := make(map[string]Quantity, 2*quantityEnd)
	for q := Quantity(1); q < quantityEnd; q++ {
		m[table[q].Name] = q
		m[corrected[q].Name] = q.Corrected()
	}
	return m
}()

// Lookup returns the quantity of that name, and whether there is one. It
// allocates nothing.
func Lookup[S ~string | ~[]byte](name S) (Quantity, bool) {
	q, ok := byName[string(name)]
	return q, ok
}

// Quantities returns every quantity that is measured, in the table's order; each
// has a corrected twin besides. The caller owns the slice.
func Quantities() []Quantity {
	all := make([]Quantity, 0, quantityEnd-1)
	for q := Quantity(1); q < quantityEnd; q++ {
		all = append(all, q)
	}
	return all
}

// Corrected returns the quantity under which a corrected value of q travels, in
// the same domain and unit. A correction is a further field beside the raw one,
// never a replacement. The twin of a corrected quantity is itself.
func (q Quantity) Corrected() Quantity { return q | correctedBit }

// Raw returns the quantity that q is a correction of; a quantity as measured is
// its own.
func (q Quantity) Raw() Quantity { return q &^ correctedBit }

// IsCorrected reports whether q is a corrected quantity.
func (q Quantity) IsCorrected() bool { return q&correctedBit != 0 }

// Valid reports whether q, or what it is a correction of, is in the table.
func (q Quantity) Valid() bool { return q.Raw() > 0 && q.Raw() < quantityEnd }

// Info returns the table's entry, which the caller must not change. For a
// quantity that is not Valid it is an empty Info.
func (q Quantity) Info() *Info {
	if !q.Valid() {
		return &table[0]
	}
	if q.IsCorrected() {
		return &corrected[q.Raw()]
	}
	return &table[q]
}

// String returns the quantity's name, as packs and InfluxDB spell it.
func (q Quantity) String() string { return q.Info().Name }

// Check returns the flag that a value's limits give it: Suspect outside them,
// NotEvaluated inside, since a value within limits has not been judged yet.
func (q Quantity) Check(value float64) Quality {
	in := q.Info()
	if value < in.Min || value > in.Max {
		return Suspect
	}
	return NotEvaluated
}

// Round returns value at the resolution that travels. Rounding at the node
// keeps packs small and makes every stage see the same number.
func (q Quantity) Round(value float64) float64 {
	return roundTo(value, q.Info().Decimals)
}
