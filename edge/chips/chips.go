package chips

import (
	"slices"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/aht20"
	"github.com/siaga-id/siaga/edge/driver/bme280"
	"github.com/siaga-id/siaga/edge/driver/breakbeam"
	"github.com/siaga-id/siaga/edge/driver/currentloop"
	"github.com/siaga-id/siaga/edge/driver/gascell"
	"github.com/siaga-id/siaga/edge/driver/ina219"
	"github.com/siaga-id/siaga/edge/driver/jsnsr04t"
	"github.com/siaga-id/siaga/edge/driver/maxbotix"
	"github.com/siaga-id/siaga/edge/driver/modbuslevel"
	"github.com/siaga-id/siaga/edge/driver/modem"
	"github.com/siaga-id/siaga/edge/driver/ops243"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
	"github.com/siaga-id/siaga/edge/driver/scd4x"
	"github.com/siaga-id/siaga/edge/driver/sds011"
	"github.com/siaga-id/siaga/edge/driver/sgp30"
	"github.com/siaga-id/siaga/edge/driver/sps30"
	"github.com/siaga-id/siaga/edge/driver/system"
	"github.com/siaga-id/siaga/edge/driver/tfluna"
	"github.com/siaga-id/siaga/edge/driver/tippingbucket"
	"github.com/siaga-id/siaga/edge/driver/wifi"
)

// all has one line for each chip, in the order in which people look for them:
// air, weather, water, traffic, the node itself.
var all = []driver.Chip{
	pms5003.Chip,
	pms5003.ChipPMS7003,
	sds011.Chip,
	sps30.Chip,
	sps30.ChipI2C,
	scd4x.ChipSCD40,
	scd4x.ChipSCD41,
	sgp30.Chip,
	gascell.Chip,
	bme280.Chip,
	aht20.Chip,
	tippingbucket.Chip,
	a02yyuw.Chip,
	jsnsr04t.JSN,
	jsnsr04t.AJ,
	maxbotix.Chip,
	currentloop.Chip,
	modbuslevel.Chip,
	breakbeam.Chip,
	breakbeam.LoopRelay,
	ops243.Chip,
	tfluna.Chip,
	tfluna.ChipMiniPlus,
	ina219.Chip,
	system.Chip,
	wifi.Chip,
	modem.Chip,
}

// All returns every supported chip. The caller owns the slice.
func All() []driver.Chip { return slices.Clone(all) }

// Named returns the chip that configurations call so, and whether there is one.
func Named(name string) (driver.Chip, bool) {
	i := slices.IndexFunc(all, func(c driver.Chip) bool { return c.Name == name })
	if i < 0 {
		return driver.Chip{}, false
	}
	return all[i], true
}
