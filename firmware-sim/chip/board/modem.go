package board

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Modem is a mobile modem and what it receives.
type Modem struct {
	// State is as ModemManager says it: "connected", "registered", "searching",
	// "disabled" or "failed".
	State string
	// Technology is "lte", "umts" or "gsm".
	Technology string
	// Operator and OperatorCode are the network's name and number, such as
	// 51010.
	Operator, OperatorCode string
	// Quality is ModemManager's own measure in percent.
	Quality int
	// RSSI and RSRP are in dBm, RSRQ and SNR in dB. All but RSSI are of lte
	// only.
	RSSI, RSRP, RSRQ, SNR float64
	// DecimalComma is a machine whose locale writes -67,00.
	DecimalComma bool
}

// ErrUsage is a way to call a program that the machine does not know.
var ErrUsage = errors.New("exit status 1: unknown use")

// Errors as mmcli ends: the text is what it writes to standard error.
var (
	errNoModem   = errors.New("exit status 1: error: couldn't find modem")
	errNoManager = errors.New("exit status 1: error: couldn't create manager: Could not connect: ModemManager is not running")
	errTimeout   = errors.New("exit status 1: error: couldn't get signal information: Timeout was reached")
)

const (
	modemPath = "/org/freedesktop/ModemManager1/Modem/0"
	none      = "--" // what mmcli writes for a value it does not have
)

// Command runs a program and returns what it prints, or an error as it would
// end. The machine has mmcli, for JSON: -L, -m ID, -m ID --signal-setup=SECONDS
// and -m ID --signal-get, of which the last has no values before the one before
// it. Any other program is exec.ErrNotFound.
func (b *Board) Command(name string, args ...string) ([]byte, error) {
	s, ok := b.look()
	if !ok || name != "mmcli" {
		return nil, fmt.Errorf("run %s: %w", name, exec.ErrNotFound)
	}
	answer, err := b.mmcli(s, args)
	if err != nil {
		return nil, fmt.Errorf("run %s %s: %w", name, strings.Join(args, " "), err)
	}
	return answer, nil
}

// call is what mmcli is asked for.
type call struct {
	list, json, signal bool
	modem              string
	setup              int // seconds, or -1
}

func (b *Board) mmcli(s state, args []string) ([]byte, error) {
	c, err := parse(args)
	switch {
	case err != nil:
		return nil, err
	case s.fault == NoModemManager:
		return nil, errNoManager
	case c.list && s.Modem == nil:
		return answer(map[string]any{"modem-list": []string{}})
	case c.list:
		return answer(map[string]any{"modem-list": []string{modemPath}})
	case s.Modem == nil || c.modem != "any" && c.modem != "0" && c.modem != modemPath:
		return nil, errNoModem
	case s.fault == ModemHung:
		return nil, errTimeout
	case c.setup >= 0:
		b.mu.Lock()
		b.polling = c.setup
		b.mu.Unlock()
		return []byte("Successfully setup signal quality information polling\n"), nil
	case c.signal:
		return answer(map[string]any{"modem": map[string]any{"signal": s.signal()}})
	}
	return answer(map[string]any{"modem": s.modem()})
}

// parse reads mmcli's arguments.
func parse(args []string) (c call, err error) {
	c.setup = -1
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		switch name {
		case "-m", "--modem":
			if !given {
				if i++; i == len(args) {
					return c, ErrUsage
				}
				value = args[i]
			}
			c.modem = strings.ToLower(value)
			if strings.HasPrefix(value, "/") {
				c.modem = value
			}
		case "-J", "--output-json":
			c.json = true
		case "-L", "--list-modems":
			c.list = true
		case "--signal-get":
			c.signal = true
		case "--signal-setup":
			if c.setup, err = strconv.Atoi(value); err != nil || c.setup < 0 {
				return c, ErrUsage
			}
		default:
			return c, ErrUsage
		}
	}
	if c.list == (c.modem != "") || !c.json && c.setup < 0 {
		return c, ErrUsage
	}
	return c, nil
}

func answer(v map[string]any) ([]byte, error) {
	b, err := json.Marshal(v)
	return append(b, '\n'), err
}

// number is a value as mmcli writes it.
func (m *Modem) number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	if m.DecimalComma {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// signal is the object of --signal-get.
func (s state) signal() map[string]any {
	m := s.Modem
	empty := func(keys ...string) map[string]string {
		o := map[string]string{}
		for _, k := range keys {
			o[k] = none
		}
		return o
	}
	lte := empty("error-rate", "rsrp", "rsrq", "rssi", "snr")
	umts := empty("ecio", "error-rate", "rscp", "rssi")
	gsm := empty("error-rate", "rssi")
	if s.polling > 0 && (m.State == "connected" || m.State == "registered") {
		switch m.Technology {
		case "lte":
			lte["rsrp"], lte["rsrq"] = m.number(m.RSRP), m.number(m.RSRQ)
			lte["rssi"], lte["snr"] = m.number(m.RSSI), m.number(m.SNR)
		case "umts":
			umts["rssi"] = m.number(m.RSSI)
		case "gsm":
			gsm["rssi"] = m.number(m.RSSI)
		}
	}
	return map[string]any{
		"5g":        empty("error-rate", "rsrp", "rsrq", "snr"),
		"cdma1x":    empty("ecio", "error-rate", "rssi"),
		"evdo":      empty("ecio", "error-rate", "io", "rssi", "sinr"),
		"gsm":       gsm,
		"lte":       lte,
		"refresh":   map[string]string{"rate": strconv.Itoa(s.polling)},
		"threshold": map[string]string{"error-rate": "no", "rssi": "0"},
		"umts":      umts,
	}
}

// modem is the object of -m ID.
func (s state) modem() map[string]any {
	m := s.Modem
	or := func(v string) string {
		if v == "" {
			return none
		}
		return v
	}
	registration, recent, technologies := "home", "yes", []string{m.Technology}
	if m.State != "connected" && m.State != "registered" {
		registration, recent, technologies = m.State, "no", []string{}
	}
	return map[string]any{
		"3gpp": map[string]any{
			"enabled-locks": []string{"fixed-dialing"}, "imei": "866758040000001",
			"operator-code": or(m.OperatorCode), "operator-name": or(m.Operator), "registration-state": registration,
		},
		"dbus-path": modemPath,
		"generic": map[string]any{
			"access-technologies": technologies, "manufacturer": "QUALCOMM INCORPORATED",
			"model": "QUECTEL Mobile Broadband Module", "plugin": "quectel", "power-state": "on",
			"primary-port": "cdc-wdm0", "signal-quality": map[string]string{"recent": recent, "value": strconv.Itoa(m.Quality)},
			"state": m.State, "state-failed-reason": none,
		},
	}
}
