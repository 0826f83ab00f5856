// Package tfluna drives the Benewake TF-Luna and TFmini-Plus lidars over a serial
// port at 115200 baud, 8N1, as counters of vehicles that pass through their beam,
// from above or from the side.
//
// The lidar talks by itself, 100 times a second as it is delivered. A frame has 9
// bytes: 59 59, distance (cm), amplitude, temperature, each low byte first, and
// the low byte of the sum of the eight before it. A TF-Luna measures 0.2 to 8 m
// (2.5 m on black of 10 %) in a beam of 2°, a TFmini-Plus 0.1 to 12 m in one of
// 3.6°. Amplitudes below 100 and of 65535 are not to be trusted, nor are the
// distances -1 (too weak), -2 (too strong) and -4 (sunlight). (Benewake "TF-Luna
// Product Manual" A05; "TFmini-Plus Product Manual" A08.)
//
// A vehicle is there from the first of two frames in a row that are nearer than
// the road by Opts.ThresholdM, until the first of two in a row that are back at
// half of that. One frame is a drop or an insect. Frames that are not to be trusted
// are passed over: they neither begin nor end a vehicle. A dark vehicle of which
// nothing can be trusted is not counted. Package traffic says what the values mean;
// the spot speed is (vehicle length + width of the beam at the road)/(time that it
// was there), an estimate that rests on an assumed length.
//
// The port is read ten times a second in large chunks, so that 100 frames a second
// cost next to nothing; the frames of a chunk are taken as evenly spaced since the
// last one. Windows end where the last chunk did.
//
// The driver writes nothing. It must not change the lidar's rate or units: it
// wants centimetres.
package tfluna
