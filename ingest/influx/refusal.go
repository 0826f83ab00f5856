package influx

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// fullOf are limits that are set where InfluxDB is configured
// (max-series-per-database, max-values-per-tag), as 1.8 says that one is reached:
// nothing is wrong with the content, and there is room for it once the limit is
// raised.
var fullOf = []string{"max-series-per-database limit exceeded", "max-values-per-tag limit exceeded"}

// refusal is what a refusal by InfluxDB itself means.
func refusal(status int, message string) error {
	for _, limit := range fullOf {
		if strings.Contains(message, limit) {
			return &RetryableError{Status: status, Message: message + ": raise that limit in InfluxDB's configuration, 0 is none"}
		}
	}
	if status != http.StatusCreated {
		if e := expired(message); e != nil {
			return e
		}
	}
	return &RejectedError{Status: status, Message: message}
}

// tooOld are the ways to say that points are older than the retention: 1.8 and 2.0
// ("partial write: points beyond retention policy dropped=3"), and from 2.7 on
// ("partial write: dropped 3 points outside retention policy of duration 1h0m0s -
// oldest point … violates a Retention Policy Lower Bound …").
var tooOld = []*regexp.Regexp{
	regexp.MustCompile(`\bpoints beyond retention policy(?: dropped=(\d+))?`),
	regexp.MustCompile(`\bdropped (\d+) points outside retention policy of duration`),
}

// expired returns what the message says of points that are too old, or nil where
// it is about something else. Points that are too far ahead are not too old.
func expired(message string) *ExpiredError {
	if strings.Contains(message, "Upper Bound") || strings.Contains(message, "write window") {
		return nil
	}
	for _, say := range tooOld {
		if found := say.FindStringSubmatch(message); found != nil {
			n, _ := strconv.Atoi(found[1]) // none is 0
			return &ExpiredError{Points: n, Message: message}
		}
	}
	return nil
}
