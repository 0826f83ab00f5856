package grafana

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// The seeded nodes are villages that no simulator has: uji-00 to uji-11. What is
// particular about one is told by its number; all others are well.
const (
	seeds       = 12
	worstRank   = 0 // … rank 3, and the next two below it
	unranked    = 3 // its gauge has no levels
	suspectNow  = 4 // its newest readings are suspect
	uncorrected = 5 // none of its sensors is corrected
	held        = 6 // its ISPU is withheld
	silentNode  = 7 // heard of three hours ago, and not known at what hour
	badSensor   = 8 // its sensors give nothing
	decreed     = 9 // its levels are not invented
	viewed      = 10
	silentGauge = 11 // its gauge promises a level and gives none
)

func seedNode(i int) string { return fmt.Sprintf("uji-%02d", i) }

var seedSensors = map[reading.Domain]string{
	reading.Air: "pm-1", reading.Weather: "bme-1", reading.Water: "sungai-1",
	reading.Traffic: "jalan-1", reading.Power: "aki-1", reading.NodeSelf: "node-1",
}

// Seed writes what gateway/index and the center's minutes write of the seeded
// nodes, and raw readings of all quantities, as of now.
func Seed(t testing.TB, url string, now time.Time) {
	t.Helper()
	var b strings.Builder
	for i := range seeds {
		seedRaw(&b, i, now)
		seedHours(&b, i, now)
		seedMinutes(&b, i, now)
	}
	seedCenter(&b, now)
	Write(t, url, b.String())
}

func seedTags(i int, sensor string) string {
	return fmt.Sprintf("district=35.05.99,node=%s,sensor=%s,site=35.05.99.%04d", seedNode(i), sensor, i)
}

// seedRaw is four minutes of raw readings: bad, suspect, good and the newest.
func seedRaw(b *strings.Builder, i int, now time.Time) {
	flags := [4]reading.Quality{reading.Bad, reading.Suspect, reading.Good, reading.NotEvaluated}
	if i == suspectNow {
		flags[3] = reading.Suspect
	}
	for domain, sensor := range seedSensors {
		for m, flag := range flags {
			var fields []string
			for _, q := range reading.Quantities() {
				if q.Info().Domain != domain {
					continue
				}
				fields = append(fields, fmt.Sprintf("%[1]s=%[2]d,%[1]s_qc=%[3]di", q, 10+i, flag))
				if i != uncorrected {
					fields = append(fields, fmt.Sprintf("%[1]s=%[2]d.5,%[1]s_qc=%[3]di", q.Corrected(), 10+i, flag))
				}
			}
			at := now.Add(time.Duration(m-4) * time.Minute)
			fmt.Fprintf(b, "%s,%s %s %d\n", domain, seedTags(i, sensor), strings.Join(fields, ","), at.UnixMilli())
		}
	}
}

// seedHours is a day of roll-ups.
func seedHours(b *strings.Builder, i int, now time.Time) {
	for domain, sensor := range seedSensors {
		for h := 1; h <= 24; h++ {
			var fields []string
			for _, q := range reading.Quantities() {
				if q.Info().Domain != domain {
					continue
				}
				for _, q := range []reading.Quantity{q, q.Corrected()} {
					fields = append(fields, fmt.Sprintf("%[1]s_mean=%[2]d,%[1]s_min=1,%[1]s_max=99,%[1]s_count=60", q, 10+i))
				}
			}
			fmt.Fprintf(b, "%s_1h,%s %s %d\n", domain, seedTags(i, sensor), strings.Join(fields, ","), now.Truncate(time.Hour).Add(time.Duration(-h)*time.Hour).UnixMilli())
		}
	}
}

// seedMinutes is the center's last minutes: the measurements "node" and "index".
func seedMinutes(b *strings.Builder, i int, now time.Time) {
	minute := now.Truncate(time.Minute)
	bit := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	for m := range 3 {
		at := minute.Add(time.Duration(-m) * time.Minute).UnixMilli()
		tags := strings.Replace(seedTags(i, "?"), ",sensor=?", "", 1)
		gap := 10_800 * bit(i == silentNode)
		fmt.Fprintf(b, "node,%s online=%d,gap=%d,quarantined=2,simulated=0,repair=0,health=%d,completeness=%d,interval=60,lat=-8.1,lon=112.2,delay_p50=1,delay_p99=3",
			tags, bit(i != silentNode), gap, 3*bit(i != silentNode && i != badSensor), 80+i)
		clock := 2 - bit(i == badSensor)
		fmt.Fprintf(b, ",queue=3,queue_age=30,clock=%d %d\n", clock, at)
		for _, sensor := range seedSensors {
			fmt.Fprintf(b, "node,%s health=%d,heard=%d %d\n", seedTags(i, sensor), 3*bit(i != badSensor && i != silentNode), bit(i != silentNode), at)
			fmt.Fprintf(b, "index,%s completeness=%d.5 %d\n", seedTags(i, sensor), 80+i, at)
		}
		air := fmt.Sprintf(`withheld=0,ispu=%d,parameter="pm2_5",ispu_completeness=9%d`, 40+20*i, i%10)
		if i == held {
			air = `withheld=1,ispu_completeness=40`
		}
		fmt.Fprintf(b, "index,%s completeness=%d.5,%s,corrected=0 %d\n", seedTags(i, "pm-1"), 80+i, air, at)
		// Every third gauge is on no river.
		level := fmt.Sprintf("silent=%d", bit(i == silentGauge))
		if i%3 > 0 {
			level += fmt.Sprintf(`,river="Kali Uji %d",river_order=%d`, i%3, 1+i/3)
		}
		if i == silentGauge {
			fmt.Fprintf(b, "index,%s %s %d\n", seedTags(i, "sungai-1"), level, at)
			continue
		}
		level += fmt.Sprintf(",level_cm=%d,doubt=%d,corrected=0,rise_15=%d,rise=%d", 100+i, bit(i == suspectNow), i-3, 2*i)
		if i != unranked {
			rank := max(3-i, 0)
			level += fmt.Sprintf(`,rank=%d,level_name="Siaga %d",margin=%d,rising_1=140,rising_2=200,rising_3=260,invented=%d`, rank, rank, 50-10*rank, bit(i != decreed))
		}
		fmt.Fprintf(b, "index,%s %s %d\n", seedTags(i, "sungai-1"), level, at)
	}
}

// seedCenter is what the center last wrote of itself.
func seedCenter(b *strings.Builder, now time.Time) {
	fmt.Fprintf(b, "center,center=uji uptime=60,simulated=0,nodes=12,online=11,quarantined=30,quarantined_unregistered=6,disk_free=9e9,disk_free_pct=45,spool_packs=3,spool_bytes=900,spool_limit=8e9 %d\n",
		now.Truncate(time.Minute).UnixMilli())
}
