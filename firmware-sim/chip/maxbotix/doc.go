// Package maxbotix is a MaxBotix HRXL-MaxSonar-WR ultrasonic ranger (MB7389 and
// its like, 5 m) as its serial output shows it: 9600 8N1, free running, an
// ASCII R, four digits of millimetres and a carriage return, 6.67 times a
// second; after power-up some lines about itself first.
//
// Output, range and timing are from the data sheets PD11500 and, for the space
// before the carriage return, PD12141 (HRUSB); the lines at power-up and the
// stray FF bytes are from users' logs and ESPHome.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package maxbotix
