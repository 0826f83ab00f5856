//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/siaga-id/siaga/bench/process"
)

// asMuch is what the twelve sensors say in 10 s, in line protocol: twelve
// metrics with thirty fields.
const asMuch = `pm,id=1 pm1=10,pm2_5=15,pm10=21
sds,id=1 pm2_5=15.3,pm10=21
sps,id=1 pm1=10.7,pm2_5=15.8,pm4=18.1,pm10=21.5
sungai,id=1 level=3.162,distance=3238
jsn,id=1 level=2.859,distance=3541
maxbotix,id=1 level=2.86,distance=3540
modbus,id=1 level=1.16
radar,id=masuk count=1,flow=360
radar,id=keluar count=1,flow=360
lidar,id=1 count=1,flow=360,occupancy=4
tfmini,id=1 count=1,flow=360,occupancy=4
node,id=1 cpu_temperature=51.2,load=4,memory_free=1e8,disk_free=1e9
`

// measureTelegraf runs a Telegraf that reads as much every 10 s, by running
// another program, and sends it to the broker. It keeps nothing on the disk, and
// what it starts is not counted.
func measureTelegraf(ctx context.Context, o options, dir, broker string) (f figures, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return f, err
	}
	lines, file := filepath.Join(dir, "lines"), filepath.Join(dir, "telegraf.conf")
	config := fmt.Sprintf(`[agent]
interval = "10s"
flush_interval = "10s"
quiet = true
[[inputs.exec]]
commands = ["cat %s"]
data_format = "influx"
[[outputs.mqtt]]
servers = ["tcp://%s"]
topic = "siaga/v1/telegraf/reply"
qos = 1
data_format = "influx"
`, lines, broker)
	if err := errors.Join(os.WriteFile(lines, []byte(asMuch), 0o600), os.WriteFile(file, []byte(config), 0o600)); err != nil {
		return f, err
	}
	cmd := process.Command(o.telegraf, "--config", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return f, fmt.Errorf("start Telegraf: %w", err)
	}
	defer func() { err = errors.Join(err, process.End(cmd)) }()
	f, err = measure(ctx, o, cmd.Process.Pid)
	f.title = "Telegraf, in memory only"
	return f, err
}
