// Package tfluna is a Benewake TF-Luna lidar, or its bigger brother TFmini-Plus,
// as its UART shows it: 115200 8N1, frames of nine bytes with distance, strength
// of the echo and temperature of the chip, by itself or on request, and answers
// to commands.
//
// Frames, commands and timing are from the product manuals SJ-PM-TF-Luna A05
// and SJ-PM-TFmini Plus A04. How strong the echo is follows from what both say
// of range and reflectivity. A new baud rate is not taken: the line keeps its
// speed.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package tfluna
