package plugin

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// maxEvent bounds one event of a stream: the latest readings of ten thousand nodes fit.
const maxEvent = 64 << 20

// events reads a stream of server-sent events and calls do with each, whose data is only
// good until it returns. It ends with the stream; the error is nil only where that ended
// between events.
func events(from io.Reader, do func(name string, data []byte) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	var name string
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if len(data) > 0 {
				if err := do(name, data); err != nil {
					return err
				}
			}
			name, data = "", data[:0]
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) { // others are comments, ids, and after how long to come again
		case "event":
			name = string(value)
		case "data":
			if len(data)+len(value) >= maxEvent {
				return fmt.Errorf("an event is longer than %d MB", maxEvent>>20)
			}
			if len(data) > 0 {
				data = append(data, '\n')
			}
			data = append(data, value...)
		}
	}
	return lines.Err()
}
