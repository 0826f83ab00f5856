// Package calibration keeps what people have found out about a node's sensors,
// and corrects values by it. A corrected value stands beside the raw one, under
// a quantity of its own: raw values are never changed, so that what was measured
// can be judged anew when a correction turns out to be wrong.
//
// A correction belongs to one physical sensor, has a version, a date, an author
// and a reason, and is never changed or removed: Set, Undo and Replace add to a
// history. Undo puts in force what was in force before; Replace ends all
// corrections of a sensor, since another device now answers to its name.
//
// What is kept stands in calibration.json of the node's data directory: a
// format number, a CRC-32C over the content, and the content. The file is
// written under another name, fsynced, and renamed, so that after a power cut
// either the old or the new one stands there; the one before stays as
// calibration.json.bak. A damaged file is an error that names the backup. It is
// never taken for an empty one, and the backup is never used unasked: values
// that are corrected by another version than people think are worse than none.
// Programs that change the file hold calibration.lock meanwhile.
//
// A sensor's history holds 128 entries. When it is full, the oldest entry that
// is not in force goes and is counted.
//
// It must not open sensors, know their configuration, or smooth, clamp or judge
// values by what other sensors say.
package calibration
