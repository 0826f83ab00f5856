// Package pulse follows a GPIO line and counts the pulses on it. A Line tells a
// Follower of every edge; New makes one that counts pulses, for buckets,
// anemometers and meters.
//
// Pins tell neither when an edge came nor in which direction it went. A
// goroutine stamps it when it wakes up, unless the pin has EdgeTime. The kernel
// keeps edges while the goroutine is late, so the pin may have moved on when an
// edge is told: level and number of edges together say what happened. Timeouts
// are finite since -1 and 0 mean different things to different pins
// (periph/host issue 78), and the pin is halted only when nothing waits on it.
//
// What is lost, and what is not. The goroutine that waits for edges waits for
// nothing else: not for whoever takes the counts, nor for a disk or a network.
// The kernel queues 16 edges for a line (Linux GPIO character device, v2,
// event_buffer_size) and then drops the oldest, which nobody is told: at 200
// pulses a second, 400 edges, the goroutine may be 40 ms late. Edges that were
// queued together come with the same stamp where the pin has no EdgeTime, so
// that debouncing takes them for bounce: a clean, electronic output is counted
// best with no debounce.
//
// Debounce is by distance (what ESPHome's pulse_meter calls EDGE): an edge is
// taken at once, and those that come sooner than Debounce after it are bounce.
// Unlike a test for a level that lasts, it also counts a contact that closes for
// less than the bounce lasts. Both ends of a pulse are debounced so, or a reed
// contact that bounces as it opens would count twice. Debounce must be shorter
// than the shortest pause between two pulses. A spark is as good as a pulse to
// it: keep the wire short, or use a shielded one.
//
// It must not know what a pulse means.
package pulse
