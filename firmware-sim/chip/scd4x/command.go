package scd4x

import "time"

// wakeUp is the one command that a sleeping chip obeys. It never acknowledges
// it (3.10.4).
const wakeUp = 0x36F6

// command is what the chip does with a command word.
type command struct {
	measuring bool // it is allowed while the chip measures
	only41    bool // an SCD40 does not have it
	// takes is how long the chip is busy with it; 0 is done by the time it is
	// over the wire, which is all that the data sheet gives 1 ms.
	takes time.Duration
	do    func(c *Chip, at time.Time, arg uint16) (answer []uint16)
}

// key is a command word and how many words come with it: setting and getting
// the pressure differ in that only.
type key struct {
	word uint16
	args int
}

// commands are those of table 9, and of newer firmware.
var commands = map[key]command{
	{0x21B1, 0}: {do: func(c *Chip, at time.Time, _ uint16) []uint16 { return c.start(at, periodic) }},
	{0x21AC, 0}: {do: func(c *Chip, at time.Time, _ uint16) []uint16 { return c.start(at, lowPower) }},
	{0xEC05, 0}: {measuring: true, do: func(c *Chip, at time.Time, _ uint16) []uint16 { return c.read(at) }},
	{0xE4B8, 0}: {measuring: true, do: (*Chip).ready},
	{0x3F86, 0}: {measuring: true, takes: 500 * time.Millisecond, do: (*Chip).stop},
	{0x219D, 0}: {only41: true, takes: 5 * time.Second, do: (*Chip).single},
	{0x2196, 0}: {only41: true, takes: 50 * time.Millisecond, do: (*Chip).singleRHT},
	{0x36E0, 0}: {only41: true, do: func(c *Chip, _ time.Time, _ uint16) []uint16 { c.mode = asleep; return nil }},

	{0x241D, 1}: set(func(c *Chip) *uint16 { return &c.settings.offset }),
	{0x2318, 0}: get(func(c *Chip) *uint16 { return &c.settings.offset }),
	{0x2427, 1}: set(func(c *Chip) *uint16 { return &c.settings.altitude }),
	{0x2322, 0}: get(func(c *Chip) *uint16 { return &c.settings.altitude }),
	{0xE000, 1}: during(set(func(c *Chip) *uint16 { return &c.pressure })),
	{0xE000, 0}: during(get(func(c *Chip) *uint16 { return &c.pressure })),
	{0x2416, 1}: set(func(c *Chip) *uint16 { return &c.settings.asc }),
	{0x2313, 0}: get(func(c *Chip) *uint16 { return &c.settings.asc }),
	{0x243A, 1}: set(func(c *Chip) *uint16 { return &c.settings.target }),
	{0x233F, 0}: get(func(c *Chip) *uint16 { return &c.settings.target }),
	{0x2445, 1}: newer(set(func(c *Chip) *uint16 { return &c.settings.initial })),
	{0x2340, 0}: newer(get(func(c *Chip) *uint16 { return &c.settings.initial })),
	{0x244E, 1}: newer(set(func(c *Chip) *uint16 { return &c.settings.standard })),
	{0x234B, 0}: newer(get(func(c *Chip) *uint16 { return &c.settings.standard })),

	{0x362F, 1}: {takes: 400 * time.Millisecond, do: (*Chip).recalibrate},
	{0x3615, 0}: {takes: 800 * time.Millisecond, do: func(c *Chip, _ time.Time, _ uint16) []uint16 {
		c.eeprom = c.settings
		return nil
	}},
	{0x3632, 0}: {takes: 1200 * time.Millisecond, do: func(c *Chip, _ time.Time, _ uint16) []uint16 {
		c.eeprom, c.settings, c.correction = factory, factory, 0
		return nil
	}},
	{0x3646, 0}: {takes: 30 * time.Millisecond, do: func(c *Chip, _ time.Time, _ uint16) []uint16 {
		c.boot()
		return nil
	}},
	// The serial number is that of the data sheet's example.
	{0x3682, 0}: {do: func(*Chip, time.Time, uint16) []uint16 { return []uint16{0xF896, 0x9F07, 0x3BBE} }},
	{0x202F, 0}: {do: func(c *Chip, _ time.Time, _ uint16) []uint16 {
		if c.fault == WrongID {
			return []uint16{variantForeign}
		}
		return []uint16{c.variant}
	}},
	{0x3639, 0}: {takes: 10 * time.Second, do: func(c *Chip, _ time.Time, _ uint16) []uint16 {
		if c.fault == Malfunction {
			return []uint16{1}
		}
		return []uint16{0}
	}},
}

func set(where func(*Chip) *uint16) command {
	return command{do: func(c *Chip, _ time.Time, arg uint16) []uint16 { *where(c) = arg; return nil }}
}

func get(where func(*Chip) *uint16) command {
	return command{do: func(c *Chip, _ time.Time, _ uint16) []uint16 { return []uint16{*where(c)} }}
}

// during is a command allowed while the chip measures.
func during(k command) command { k.measuring = true; return k }

// newer is a command that an SCD40 does not have.
func newer(k command) command { k.only41 = true; return k }

// command obeys a command word with its words, or says that the chip does not
// acknowledge it.
func (c *Chip) command(at time.Time, word uint16, args []uint16) bool {
	if c.mode == asleep {
		if word == wakeUp && len(args) == 0 {
			c.mode = idle
			c.occupy(at, 30*time.Millisecond)
		}
		return false
	}
	k, ok := commands[key{word, len(args)}]
	if !ok || c.mode == measuring && !k.measuring || k.only41 && c.variant == variantSCD40 {
		return false
	}
	var arg uint16
	if len(args) > 0 {
		arg = args[0]
	}
	c.answer = k.do(c, at, arg)
	c.occupy(at, k.takes)
	return true
}

func (c *Chip) occupy(at time.Time, length time.Duration) {
	c.busy, c.took = at.Add(length), length
}
