// Package modbus asks slaves on a serial line for registers, by Modbus RTU
// (MODBUS over Serial Line V1.02, Application Protocol V1.1b3): functions 3
// (holding registers) and 4 (input registers) only, so that nothing on the line is
// ever changed.
//
// A request is the slave's unit number, the function, the first register and how
// many, and a CRC-16 (polynomial A001 reflected, from FFFF, low byte first). The
// answer repeats unit and function, then says how many bytes follow; an exception
// has the function's high bit set, and a code. Frames are parted by 3.5
// characters of silence. An adapter may echo the request, and another slave's late
// answer may stand before the one that was asked for: whatever is not the answer
// is passed over.
//
// Several slaves can share an RS-485 line. Whoever in this process opens the same
// path shares one open port, and one lock that is held over one request; the last
// one closes it. They must agree on rate and parity. After the port has failed
// every user gets driver.ErrUnplugged; who then closes and opens again gets the
// port anew.
//
// It must not know any device's registers.
package modbus
