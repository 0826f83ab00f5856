// Package tippingbucket is a tipping-bucket rain gauge whose reed contact pulls
// one GPIO line to ground for a moment at every tip; between the tips a pull-up
// holds the line high.
//
// Water is kept account of: every tip empties one bucketful, and what is left
// stays in the bucket, so that tips times bucketful is the rain. Amounts per
// tip, the time the contact is closed and how it bounces are from gauges of
// SparkFun, Davis and Misol as their users describe them.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package tippingbucket
