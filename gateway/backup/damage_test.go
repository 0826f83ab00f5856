package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// ageChunk is how much age encrypts at once, and what it adds to that.
const ageChunk, ageTag = 64 << 10, 16

// TestNoByteMayDiffer flips a bit and all bits of each byte of age's header, of the
// beginning and the end, and around each of its chunks; and any bytes anywhere.
func TestNoByteMayDiffer(t *testing.T) {
	c := specimen(t, 2*ageChunk) // three chunks: the first, one in between, the last
	key, lock := locked(t)
	file := archive(t, c, lock)
	header := bytes.Index(file, []byte("\n---")) // behind which are a MAC, a nonce and the chunks
	if header < 0 {
		t.Fatal("no header")
	}
	body := header + 1 + bytes.IndexByte(file[header+1:], '\n') + 1 + 16
	near := func(at int) bool {
		in := (at - body) % (ageChunk + ageTag)
		return at < body+64 || at >= len(file)-200 || in < 4 || in >= ageChunk+ageTag-20
	}
	damaged := func(b []byte) bool {
		_, err := Check(t.Context(), bytes.NewReader(b), key)
		return errors.Is(err, ErrDamaged)
	}
	n := 0
	for at := range file {
		if !near(at) {
			continue
		}
		n++
		for _, by := range []byte{1 << (at % 8), 0xFF} {
			if file[at] ^= by; !damaged(file) {
				t.Errorf("byte %d of %d, by %#x: taken for whole", at, len(file), by)
			}
			file[at] ^= by
		}
	}
	if n < 400 {
		t.Errorf("%d bytes", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(file)
		for range rapid.IntRange(1, 4).Draw(t, "bytes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "by")
		}
		switch at := rapid.IntRange(0, len(b)-1).Draw(t, "place"); rapid.IntRange(0, 3).Draw(t, "and") {
		case 1:
			b = b[:at]
		case 2:
			b = append(b[:at], b[min(len(b), at+ageChunk+ageTag):]...)
		case 3:
			b = append(b, b[at:]...)
		}
		if !bytes.Equal(b, file) && !damaged(b) {
			t.Error("taken for whole")
		}
	})
}

// TestNoEntryMayDiffer flips bytes of what is inside: whoever has the key, or a disk
// before the encryption, changes no copy that is taken for what was written.
func TestNoEntryMayDiffer(t *testing.T) {
	c := specimen(t, 3000)
	s, err := Stage(t.Context(), c.src)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	key, lock := locked(t)
	var sealed bytes.Buffer
	must(t, s.WriteTo(t.Context(), &sealed, lock))
	plain, err := decrypted(sealed.Bytes(), key)
	must(t, err)
	contents := func(b []byte) (map[string]string, error) {
		all := map[string]string{}
		_, err := unpack(believed{bytes.NewReader(b)}, func(f File, r io.Reader) (uint64, error) {
			var copied bytes.Buffer
			n, err := readOrCopy(f, io.TeeReader(r, &copied))
			all[f.Name] = copied.String()
			return n, err
		})
		return all, err
	}
	want, err := contents(plain)
	must(t, err)
	var headers []int // of the tar's entries, which are 512 bytes each
	r := bytes.NewReader(plain)
	for tr := tar.NewReader(r); ; {
		_, err := tr.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		headers = append(headers, len(plain)-r.Len()-512)
	}
	try := func(t interface{ Errorf(string, ...any) }, at int, by byte) {
		b := bytes.Clone(plain)
		b[at] ^= by
		got, err := contents(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				t.Errorf("byte %d: %v", at, err)
			}
			return
		}
		for name, text := range want {
			if got[name] != text {
				t.Errorf("byte %d: %s is taken for what was written", at, name)
			}
		}
	}
	for _, from := range headers {
		for at := from; at < from+512; at++ {
			try(t, at, 0x01)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		try(t, rapid.IntRange(0, len(plain)-1).Draw(t, "at"), rapid.ByteRange(1, 255).Draw(t, "by"))
	})
	for _, name := range []string{registryName, filepath.ToSlash(spoolPrefix + DataSpool), caPrefix + "ca-1.pem"} {
		if want[name] == "" {
			t.Errorf("no %s", name)
		}
	}
}

func readOrCopy(f File, r io.Reader) (uint64, error) {
	if f.spool() != "" {
		return readRecords(r, func([]byte) error { return nil })
	}
	_, err := io.Copy(io.Discard, r)
	return 0, err
}
