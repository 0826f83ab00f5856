package explain

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/driver"
)

var own = []string{
	Console, Busy, Permission, NotFound, NoProgram, NoI2C, NoSerial, InUse, TwoChips, Garbled, UnknownChip,
	UnknownTalker, NothingHeard, NeedsOptions, Unknown,
}

func TestEveryCodeIsExplainedInBothLanguages(t *testing.T) {
	all := slices.Concat(driver.Codes(), own)
	for _, code := range all {
		e, ok := texts[code]
		if !ok {
			t.Errorf("%s is not explained", code)
			continue
		}
		for _, pair := range []text{e.what, e.remedy} {
			if pair.id == "" || pair.en == "" || pair.id == pair.en {
				t.Errorf("%s: %+v", code, pair)
			}
		}
		for _, lang := range []Lang{ID, EN} {
			if what, remedy := Code(code, lang); what == "" || remedy == "" {
				t.Errorf("%s, %s: %q, %q", code, lang, what, remedy)
			}
		}
	}
	if len(texts) != len(all) {
		t.Errorf("%d explanations for %d codes", len(texts), len(all))
	}
}

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{driver.ErrNoAnswer, "no_answer"},
		{fmt.Errorf("read: %w", driver.ErrFan), "fan"},
		{fmt.Errorf("%w: %w", driver.ErrNoAnswer, fs.ErrPermission), Permission},
		{fmt.Errorf("open: %w", bus.ErrConsole), Console},
		{fmt.Errorf("open: %w", bus.ErrBusy), Busy},
		{fmt.Errorf("open: %w", fs.ErrNotExist), NotFound},
		{fmt.Errorf("run: %w", exec.ErrNotFound), NoProgram},
		{errors.New("else"), Unknown},
	} {
		if got := Of(tc.err); got != tc.want {
			t.Errorf("Of(%v) = %q, want %q", tc.err, got, tc.want)
		}
	}
}

func TestNoTroubleIsNotExplained(t *testing.T) {
	if what, remedy := Code("", ID); what != "" || remedy != "" {
		t.Errorf("%q, %q", what, remedy)
	}
	what, _ := Code("a_code_of_tomorrow", EN)
	if want := texts[Unknown].what.en; what != want {
		t.Errorf("a code that is not known: %q, want %q", what, want)
	}
}

func TestParseLang(t *testing.T) {
	for s, want := range map[string]Lang{"": ID, "id": ID, "en": EN} {
		if got, err := ParseLang(s); got != want || err != nil {
			t.Errorf("ParseLang(%q) = %q, %v", s, got, err)
		}
	}
	if _, err := ParseLang("jv"); err == nil {
		t.Error("ParseLang takes any language")
	}
	if got := EN.Say("%[1]d dari %[2]d", "%[1]d of %[2]d", 2, 3); got != "2 of 3" {
		t.Error(got)
	}
}

func TestCauseLeavesOutTheAdvice(t *testing.T) {
	_, err := bus.Host{}.Serial("/dev/ttySIAGA", 9600, 'N')
	if got := Cause(err.Error()); !strings.HasPrefix(got, "open serial port /dev/ttySIAGA: file does not exist") || strings.Contains(got, "raspi-config") {
		t.Error(got)
	}
	if got := Cause("silent for 2.5s"); got != "silent for 2.5s" {
		t.Error(got)
	}
}
