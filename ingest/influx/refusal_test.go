package influx

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// TestOlderThanTheRetention has the words of InfluxDB 1.8.10, 2.0 and 2.7.
func TestOlderThanTheRetention(t *testing.T) {
	const (
		lower = "Retention Policy Lower Bound at 2025-03-05T16:34:57Z"
		since = "oldest point air,node=n1 at 2022-05-09T10:22:00Z dropped because it violates a " + lower +
			", newest point air,node=n1 at 2025-02-23T14:44:00Z dropped because it violates a "
	)
	for _, tc := range []struct {
		name    string
		status  int
		message string
		points  int // -1: it is no such answer
	}{
		{"1.8", 400, "partial write: points beyond retention policy dropped=44", 44},
		{"without a count", 422, "points beyond retention policy", 0},
		{"2.0", 500, "unexpected error writing points to database: partial write: points beyond retention policy dropped=1", 1},
		{"2.7", 422, "failure writing points to database: partial write: dropped 550 points outside retention policy of duration 8760h0m0s - " +
			since + lower + " dropped=550 for database: 91040e1bf6671dfd for retention policy: autogen", 550},
		{"2.7, some of the future", 422, "failure writing points to database: partial write: dropped 2 points outside retention policy of duration 1h0m0s - " +
			since + "Retention Policy Upper Bound at 2025-03-05T16:34:57Z dropped=2", -1},
		{"1.12, write window", 400, "partial write: dropped 1 points outside retention policy of duration 1h0m0s and 2 points outside write window (1h0m0s to 1h0m0s)", -1},
		{"a part of a cluster", 201, "points beyond retention policy", -1},
		{"something else", 400, "partial write: field type conflict: input field dropped=3", -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			header := map[string]string{"Content-Type": "application/json"}
			err := answering(t, tc.status, header, fmt.Sprintf(`{"error":%q}`, tc.message)).Write(context.Background(), []byte(twoLines))
			var expired *ExpiredError
			if !errors.As(err, &expired) {
				if tc.points >= 0 {
					t.Fatalf("got %#v", err)
				}
				return
			}
			if expired.Points != tc.points || expired.Message == "" || expired.Error() == "" {
				t.Errorf("got %#v, want %d points", err, tc.points)
			}
		})
	}
}
