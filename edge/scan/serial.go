package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/explain"
)

const (
	// listenFor is how long a sensor that talks by itself may be silent: a PMS5003
	// in steady air talks every 2.3 s (Plantower PMS5003 data manual).
	listenFor = 2500 * time.Millisecond
	// answerFor is how long a sensor may take to answer.
	answerFor = 600 * time.Millisecond
	// confirmFor is how much longer is listened where a sensor seems to be heard.
	confirmFor = 400 * time.Millisecond
	// heardMost is how many bytes are kept of what is heard.
	heardMost = 4096
	// convincing is the part of all bytes that valid frames must exceed. Sensors
	// with a short frame and a weak check are found in any noise, such as in what
	// another sensor says at another speed.
	convincing = 0.3
)

// speed is how a port can be opened.
type speed struct {
	baud   int
	parity uart.Parity
}

// speeds returns those of all chips, the most used ones first.
func (s *scanner) speeds() []speed {
	uses := map[speed]int{}
	var all []speed
	for _, c := range s.opt.Chips {
		if c.UART == nil {
			continue
		}
		sp := speed{c.UART.Baud, c.UART.Parity}
		if uses[sp]++; uses[sp] == 1 {
			all = append(all, sp)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return uses[all[i]] > uses[all[j]] })
	return all
}

// port says what is at a serial port.
func (s *scanner) port(ctx context.Context, path string) Finding {
	speeds := s.speeds()
	f := Finding{Place: Place{Port: path}}
	if f.Sensor = s.held(f.Place); f.Sensor != "" {
		s.looked(len(speeds))
		f.Problem = explain.InUse
		return f
	}
	for i, sp := range speeds {
		if ctx.Err() != nil {
			return f
		}
		s.looksAt(Place{Port: path, Baud: sp.baud})
		is, asked, heard, err := s.hear(ctx, path, sp)
		s.looked(1)
		switch {
		case len(is) > 0:
			s.looked(len(speeds) - i - 1)
			f.Baud, f.Chip, f.Model, f.Problem, f.Error = sp.baud, is[0].Name, is[0].Model, "", ""
			for _, c := range is[1:] {
				f.Also = append(f.Also, c.Name)
			}
			f.Sure, f.Ask = len(f.Also) == 0, asked && canAsk(is[0])
			s.read(ctx, &f)
			return f
		case err != nil && explain.Of(err) != explain.Unknown:
			s.looked(len(speeds) - i - 1)
			f.fail(err)
			return f
		case err != nil: // perhaps a speed that this port does not have
			f.fail(err)
		case heard > 0:
			f.Problem, f.Error = explain.UnknownTalker, fmt.Sprintf("%d bytes at %d baud", heard, sp.baud)
		}
	}
	if f.Problem == "" {
		f.Problem = explain.NothingHeard
	}
	return f
}

// hear opens a port at a speed and returns the chips that speak there, whether
// they had to be asked, and how many bytes came.
func (s *scanner) hear(ctx context.Context, path string, sp speed) (is []driver.Chip, asked bool, heard int, err error) {
	port, err := s.board.Serial(path, sp.baud, sp.parity)
	if err != nil {
		return nil, false, 0, err
	}
	defer func() { err = errors.Join(err, port.Close()) }()
	chips := slices.DeleteFunc(slices.Clone(s.opt.Chips), func(c driver.Chip) bool {
		return c.UART == nil || sp != speed{c.UART.Baud, c.UART.Parity}
	})
	talkers := func(said []byte) []driver.Chip { return speakers(chips, said, convincing, heardFrom) }
	said, err := s.listen(ctx, port, listenFor, talkers)
	if is := talkers(said); len(is) > 0 || err != nil {
		return is, false, len(said), err
	}
	heard = len(said)
	questions := map[string][]driver.Chip{}
	for _, c := range chips {
		questions[string(c.UART.Ask)] = append(questions[string(c.UART.Ask)], c)
	}
	delete(questions, "")
	for _, c := range chips {
		ask := string(c.UART.Ask)
		askers := questions[ask]
		if askers == nil || ctx.Err() != nil {
			continue
		}
		delete(questions, ask) // once
		if _, err := port.Write(c.UART.Ask); err != nil {
			return nil, false, heard, fmt.Errorf("ask at %s: %w", path, err)
		}
		// Who was asked this may say more than that; others must convince.
		known := func(said []byte) []driver.Chip {
			if is := speakers(askers, said, 0, answeredBy); len(is) > 0 {
				return is
			}
			return talkers(said)
		}
		answer, err := s.listen(ctx, port, answerFor, known)
		heard += len(answer)
		if is := known(answer); len(is) > 0 || err != nil {
			return is, true, heard, err
		}
	}
	return nil, false, heard, nil
}

// listen returns what comes within a time; not all of it where known finds a
// chip in it sooner, or much comes.
func (s *scanner) listen(ctx context.Context, port io.Reader, d time.Duration, known func([]byte) []driver.Chip) ([]byte, error) {
	var said []byte
	chunk := make([]byte, 512)
	end, confirming := time.Now().Add(d), false
	for time.Now().Before(end) && ctx.Err() == nil {
		n, err := port.Read(chunk)
		said = append(said, chunk[:n]...)
		if len(said) > heardMost {
			said = said[len(said)-heardMost:]
		}
		if err != nil {
			return said, fmt.Errorf("listen: %w", errors.Join(driver.ErrUnplugged, err))
		}
		recognised := n > 0 && len(known(said)) > 0
		if recognised && !confirming {
			end = time.Now().Add(confirmFor)
		}
		confirming = confirming || recognised
	}
	return said, nil
}

// heardFrom is how a sensor is recognised that talks by itself.
func heardFrom(p *driver.UARTProbe) func([]byte) bool { return p.Recognise }

// answeredBy is how one is recognised that was asked.
func answeredBy(p *driver.UARTProbe) func([]byte) bool {
	if p.Answer != nil {
		return p.Answer
	}
	return p.Recognise
}

// speakers returns the chips whose frames are in more than a part of what was
// said, those first that explain the most of it. Kinds that say the same are all
// in it.
func speakers(chips []driver.Chip, said []byte, part float64, by func(*driver.UARTProbe) func([]byte) bool) []driver.Chip {
	var is []driver.Chip
	parts := map[string]float64{}
	for _, c := range chips {
		if p := explained(by(c.UART), said); p > part {
			is, parts[c.Name] = append(is, c), p
		}
	}
	sort.SliceStable(is, func(i, j int) bool { return parts[is[i].Name] > parts[is[j].Name] })
	return is
}

// explained returns the part of said that is in frames that recognise knows. It
// looks for each frame's end, then for its beginning: a longer piece of what is
// heard never holds fewer frames.
func explained(recognise func([]byte) bool, said []byte) float64 {
	if len(said) == 0 {
		return 0
	}
	framed := 0
	for rest := said; recognise(rest); {
		end := sort.Search(len(rest), func(n int) bool { return recognise(rest[:n]) })
		if end == 0 {
			break
		}
		begin := sort.Search(end, func(i int) bool { return !recognise(rest[i:end]) }) - 1
		framed += end - max(0, begin)
		rest = rest[end:]
	}
	return float64(framed) / float64(len(said))
}
