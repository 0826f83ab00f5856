package device

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRecord holds the layout: records of every released version lie on disks.
func TestRecord(t *testing.T) {
	m := Message{Topic: "a/b", Payload: []byte("hello"), Received: time.UnixMilli(1767225600123), Retain: true}
	record := m.record(100)
	if got, want := hex.EncodeToString(record), "0101"+"0000019b76daa87b"+"00000000"+"0003"+"612f62"+"68656c6c6f"; got != want {
		t.Errorf("record %s, want %s", got, want)
	}
	got, err := parse(record)
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	got, err = parse(m.record(2))
	if err != nil || string(got.Payload) != "he" || got.Length != 5 {
		t.Errorf("cut: %+v, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	m := Message{Topic: "a/b", Payload: []byte("hello"), Received: time.UnixMilli(1767225600123)}
	f.Add(m.record(100))
	f.Add(m.record(1))
	f.Add([]byte{1})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, record []byte) {
		m, err := parse(record)
		if err != nil || m.Length != 0 || record[1]&^flagRetain != 0 {
			return
		}
		if again := m.record(len(m.Payload)); !bytes.Equal(again, record) {
			t.Errorf("%x came back as %x", record, again)
		}
	})
}
