// Package maxbotix drives the MaxBotix HRXL-MaxSonar-WR ultrasonic sensors with
// a range of 5 m, such as the MB7389, looking down at water, over a serial port
// at 9600 baud, 8N1. The pin is TTL; that of an MB7369 is inverted RS-232 and
// wants a level converter.
//
// The sensor talks by itself, 6.67 times a second, or filtered with its pin 4
// high or open. A frame is the letter R, four digits and a carriage return, such
// as "R1234\r": millimetres. 5000 means that nothing was heard. 300 means that
// something is nearer than 300 mm, nobody knows how near. (MaxBotix datasheet
// PD11500.) After power-up come lines of text, and there may be stray bytes FF;
// the USB variant has a space before the carriage return. Whatever is not
// strictly a frame is passed over, so that half a frame never becomes a number.
//
// A frame has no checksum. Sense therefore gives the median of the frames since
// the last Sense, of at most 10 s and at least three: a single garbled digit does
// no harm, and waves cancel out. It is always a distance that was really heard.
// Where most of the frames are none, there is no distance either.
//
// It must not drive the models with a range of 10 m, which say other numbers for
// nothing and for too near.
package maxbotix
