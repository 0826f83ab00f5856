// Package wholefile keeps small files that programs replace as a whole: after a
// power cut either the old or the new content is there.
//
// It must not know what is in them.
package wholefile
