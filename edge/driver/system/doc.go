// Package system tells how the node itself is: a Raspberry Pi or any other Linux
// machine.
//
//	load             100 · the mean number of tasks that want to run, over the last
//	                 minute (/proc/loadavg), divided by the number of processors, %;
//	                 above 100 something waits, and the value is Suspect
//	memory_free      what programs can still have (/proc/meminfo, MemAvailable)
//	uptime           since the machine started (/proc/uptime)
//	disk_free        what a program without privileges can still write under a
//	                 folder (statfs)
//	cpu_temperature  of the processor's thermal zone (/sys/class/thermal); of those
//	                 that a machine has, the one whose type names the processor,
//	                 else the first
//	throttled        1 while the processor is slowed down, or held below its full
//	                 speed, by heat or by its supply, else 0
//	undervoltage     1 while the supply is below 4.63 V, else 0; both are the
//	                 Raspberry Pi firmware's (get_throttled, bits 1 to 3 and 0).
//	                 Kernels without that file tell undervoltage alone (hwmon
//	                 rpi_volt)
//	disk_wear        how much of its life the eMMC has behind it, in steps of 10 %,
//	                 of its two areas the worse (JEDEC JESD84-B51,
//	                 DEVICE_LIFE_TIME_EST; /sys/block/*/device/life_time). SD cards
//	                 do not tell.
//
// What a machine has no file for is left out. A file whose content cannot be
// understood is an error beside the other values.
//
// It only reads. It must not start programs, nor know what the node is for.
package system
