package influx

import (
	"fmt"
	"time"
)

// RetryableError is a failure that says nothing about the content: the network,
// a wrong token, a missing database, an overloaded server, one that was told to
// hold no more series. The same bytes should be sent again later.
type RetryableError struct {
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// RetryAfter is how long the server asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Message is what the server said, or what to do about it.
	Message string
	// Err is the network's error, nil when there was an answer.
	Err error
}

// Error says what failed, without credentials.
func (e *RetryableError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("write to InfluxDB: %v", e.Err)
	}
	return fmt.Sprintf("write to InfluxDB: status %d: %s", e.Status, e.Message)
}

// Unwrap returns the network's error, if that is what it was.
func (e *RetryableError) Unwrap() error { return e.Err }

// RejectedError means that InfluxDB refused content: at least one of the lines,
// while others of the same request may have been stored. Sending the same bytes
// again is useless.
type RejectedError struct {
	// Status is 400 or 422, or the 201 with which clustered InfluxDB 3 reports
	// that it took only a part.
	Status int
	// Message is InfluxDB's own reason, at most 500 characters.
	Message string
}

// Error repeats InfluxDB's reason.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("write to InfluxDB: refused with status %d: %s", e.Status, e.Message)
}

// ExpiredError means that InfluxDB took all lines but those that are older than it
// keeps anything: the operator configured that retention, and it would have
// removed them by now had they come in time. Sending them again is useless.
type ExpiredError struct {
	// Points is how many it left out, 0 where it did not say.
	Points int
	// Message is InfluxDB's own reason, at most 500 characters.
	Message string
}

// Error repeats InfluxDB's reason.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("write to InfluxDB: older than its retention: %s", e.Message)
}

// TooLargeError means that the request was larger than the server takes (413).
type TooLargeError struct {
	// Bytes is how much was sent.
	Bytes int
	// Message is what the server said.
	Message string
}

// Error gives the size that was too much.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("write to InfluxDB: %d bytes in one request are too many: %s", e.Bytes, e.Message)
}
