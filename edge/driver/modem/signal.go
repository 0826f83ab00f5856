package modem

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/siaga-id/siaga/edge/driver"
)

// preference is which of the values counts that a modem knows.
var preference = []struct{ network, value string }{
	{"5g", "rsrp"},
	{"lte", "rsrp"},
	{"umts", "rscp"},
	{"lte", "rssi"},
	{"umts", "rssi"},
	{"gsm", "rssi"},
}

// unknown is what mmcli prints for what the modem does not know.
const unknown = "--"

// parse returns the signal in dBm from what mmcli -J --signal-get prints, and
// whether there is one; and whether the modem measures.
func parse(out []byte) (dBm float64, known, measures bool, _ error) {
	var answer struct {
		Modem struct {
			Signal map[string]map[string]string `json:"signal"`
		} `json:"modem"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return 0, false, false, fmt.Errorf("%w: answer of mmcli: %w", driver.ErrChecksum, err)
	}
	signal := answer.Modem.Signal
	if signal == nil {
		return 0, false, false, fmt.Errorf("%w: answer of mmcli without a signal: %.60q", driver.ErrChecksum, out)
	}
	rate := signal["refresh"]["rate"]
	measures = rate != "" && rate != "0" && rate != unknown
	for _, p := range preference {
		text := signal[p.network][p.value]
		if text == "" || text == unknown {
			continue
		}
		v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, false, measures, fmt.Errorf("%w: %s %s is %.20q", driver.ErrChecksum, p.network, p.value, text)
		}
		return v, true, measures, nil
	}
	return 0, false, measures, nil
}
