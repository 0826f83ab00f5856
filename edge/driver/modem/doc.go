// Package modem tells how strong the node's mobile network is received: signal, in
// dBm, as ModemManager has it. It asks its program mmcli:
//
//	mmcli -m any -J --signal-get
//
// whose answer is {"modem":{"signal":{"lte":{"rsrp":"-104.00",…},…}}}, all values
// strings, "--" where the modem knows none, and with a comma for the point in some
// locales. Of what the modem knows the first of these is signal: 5G RSRP, LTE RSRP,
// UMTS RSCP, then the RSSI of LTE, UMTS and GSM. RSRP is of the cell's reference
// signal alone and lies some 20 dB below an RSSI of the same reception: values of
// different networks do not compare. (ModemManager, org.freedesktop.ModemManager1.
// Modem.Signal; 3GPP TS 36.214 §5.1.1.) An RSRP above -90 dBm is good, below -110
// the link breaks off.
//
// A modem measures only when it was told to, every so many seconds, which nobody
// has done after it was plugged in ("refresh":{"rate":"0"}). The driver then tells
// it to, by mmcli --signal-setup=30, which changes nothing else and is gone with the
// modem's power, and gives driver.ErrWarmingUp. ModemManager may let only root do
// that.
//
// It must not connect the modem, nor open its ports beside ModemManager.
package modem
