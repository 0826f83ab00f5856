// Package influx writes line protocol to InfluxDB 1.8, 2.x, 3.x, Enterprise or
// Cloud, or to anything that answers /api/v2/write as they do, through the
// official client's blocking write. What went wrong is told apart by type:
// [RetryableError] is the center's fault and worth the same bytes again,
// [RejectedError] is about the content, [ExpiredError] about data older than is
// kept, [TooLargeError] asks for smaller pieces.
//
// It must not retry, batch, split or change what it is given, and it must not
// know what the lines mean.
package influx
