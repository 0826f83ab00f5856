package spool

import (
	"sync"
	"testing"
)

func benchSpool(b *testing.B) *Spool {
	b.Helper()
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// BenchmarkAppend is durable appends of 1 KiB on the disk that holds the
// temporary directory; without ENOSPC, since it acknowledges now and then.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name    string
		callers int
	}{{"1caller", 1}, {"64callers", 64}} {
		b.Run(c.name, func(b *testing.B) {
			s := benchSpool(b)
			one := make([]byte, 1024)
			work := make(chan struct{}, c.callers)
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range c.callers {
				wg.Go(func() {
					for range work {
						seq, err := s.Append(one)
						if err == nil && seq%1000 == 0 {
							err = s.Ack(Range{1, seq})
						}
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			for range b.N {
				work <- struct{}{}
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}

// queue is a spool with so many bytes waiting in records of 1 KiB.
func queue(b *testing.B, bytes int) *Spool {
	b.Helper()
	s := benchSpool(b)
	batch := make([][]byte, 1024)
	for i := range batch {
		batch[i] = make([]byte, 1024)
	}
	for range bytes >> 20 {
		if _, err := s.Append(batch...); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkScan(b *testing.B) {
	s := queue(b, 64<<20)
	b.SetBytes(64 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Scan(1, func(uint64, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	s := queue(b, 64<<20)
	n := s.Next() - 1
	var buf []byte
	seq := uint64(0)
	for b.Loop() {
		seq = (seq + 7919) % n
		var err error
		if buf, err = s.Read(seq+1, buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAck(b *testing.B) {
	s := queue(b, 64<<20)
	n := s.Next() - 1
	seq := uint64(0)
	for b.Loop() {
		seq = (seq + 7919) % n
		if err := s.Ack(Range{seq + 1, seq + 1}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens 128 MiB, which is all read and checked.
func BenchmarkOpen(b *testing.B) {
	s := queue(b, 128<<20)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(128 << 20)
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(s.dir, s.opt)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
