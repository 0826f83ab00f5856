package reading

import (
	"math"
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseID(t *testing.T) {
	for _, tc := range []struct {
		in string
		ok bool
	}{
		{"sutojayan-01", true},
		{"a0", true},
		{"0-", true},
		{"a", false},
		{"", false},
		{"-a", false},
		{"Sutojayan", false},
		{"a/b", false},
		{"a b", false},
		{"a+", false},
		{"#a", false},
		{"désa", false},
		{"a2345678901234567890123456789012", false},
		{"a234567890123456789012345678901", true},
	} {
		if _, err := ParseNodeID(tc.in); (err == nil) != tc.ok {
			t.Errorf("ParseNodeID(%q) = %v, want ok %v", tc.in, err, tc.ok)
		}
		if _, err := ParseSensorID(tc.in); (err == nil) != tc.ok {
			t.Errorf("ParseSensorID(%q) = %v, want ok %v", tc.in, err, tc.ok)
		}
	}
}

func TestValidIDAgreesWithTheRule(t *testing.T) {
	rule := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,30}$`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("az09-AZ_/é")), 0, 34, -1).Draw(t, "s")
		if got, want := ValidID(s), rule.MatchString(s); got != want {
			t.Fatalf("ValidID(%q) = %v, want %v", s, got, want)
		}
	})
}

func TestSiteCode(t *testing.T) {
	c, err := ParseSiteCode("35.05.12.1001")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.District(); got != "35.05.12" {
		t.Errorf("District() = %q, want 35.05.12", got)
	}
	for _, bad := range []string{"", "35.05.12", "3505121001", "35.05.12.100a", "35-05-12-1001", "35.05.12.10011"} {
		if _, err := ParseSiteCode(bad); err == nil {
			t.Errorf("ParseSiteCode(%q) accepted it", bad)
		}
		if d := SiteCode(bad).District(); d != "" {
			t.Errorf("SiteCode(%q).District() = %q, want none", bad, d)
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, q := range Quantities() {
		in := q.Info()
		if !name.MatchString(in.Name) || seen[in.Name] {
			t.Errorf("quantity %d: name %q is malformed or taken", q, in.Name)
		}
		seen[in.Name] = true
		if in.Domain == "" || in.Display == "" || in.TitleID == "" || in.TitleEN == "" {
			t.Errorf("%s: an empty entry: %+v", q, in)
		}
		if !(in.Min < in.Max) {
			t.Errorf("%s: limits %v..%v", q, in.Min, in.Max)
		}
		if got, ok := Lookup(in.Name); !ok || got != q {
			t.Errorf("Lookup(%q) = %v, %v", in.Name, got, ok)
		}
		twin := q.Corrected()
		if got, ok := Lookup(in.Name + "_cor"); !ok || got != twin || twin.String() != in.Name+"_cor" {
			t.Errorf("%s: its corrected twin is %v, by name %v, %v", in.Name, twin, got, ok)
		}
		if !twin.Valid() || !twin.IsCorrected() || q.IsCorrected() || twin.Raw() != q || twin.Corrected() != twin || q.Raw() != q {
			t.Errorf("%s and %s are no pair", q, twin)
		}
		if c := twin.Info(); c.Domain != in.Domain || c.Unit != in.Unit || c.Min != in.Min || c.Max != in.Max || c.Decimals != in.Decimals || c.TitleID == in.TitleID {
			t.Errorf("%s: %+v beside %+v", twin, c, in)
		}
	}
	if Quantity(0).Corrected().Valid() || quantityEnd.Corrected().Valid() {
		t.Error("what is no quantity has a valid twin")
	}
	if _, ok := Lookup("pm25"); ok {
		t.Error("Lookup accepted a name that is not in the table")
	}
	if q := Quantity(200); q.Valid() || q.String() != "" {
		t.Errorf("quantity 200 is %q", q)
	}
}

func TestLimitsFlagAndNeverRefuse(t *testing.T) {
	for _, tc := range []struct {
		q    Quantity
		v    float64
		want Quality
	}{
		{PM2_5, 12, NotEvaluated},
		{PM2_5, 1000, NotEvaluated},
		{PM2_5, 1000.1, Suspect},
		{Temperature, 9.9, Suspect},
		{Level, 31, Suspect},
	} {
		if got := tc.q.Check(tc.v); got != tc.want {
			t.Errorf("%s.Check(%v) = %v, want %v", tc.q, tc.v, got, tc.want)
		}
	}
}

func TestWorse(t *testing.T) {
	for _, tc := range []struct{ a, b, want Quality }{
		{NotEvaluated, Suspect, Suspect},
		{NotEvaluated, Good, Good},
		{Good, NotEvaluated, Good},
		{Good, Suspect, Suspect},
		{Bad, Suspect, Bad},
		{Bad, Missing, Missing},
		{NotEvaluated, NotEvaluated, NotEvaluated},
	} {
		if got := tc.a.Worse(tc.b); got != tc.want {
			t.Errorf("%v.Worse(%v) = %v, want %v", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestRoundGivesTheNearestDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e6, 1e6).Draw(t, "v")
		q := rapid.SampledFrom(Quantities()).Draw(t, "q")
		want, err := strconv.ParseFloat(strconv.FormatFloat(q.Round(v), 'f', q.Info().Decimals, 64), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Round(v); got != want {
			t.Fatalf("%s.Round(%v) = %v, want the decimal %v", q, v, got, want)
		}
		if d := math.Abs(q.Round(v) - v); d > 0.5000001*math.Pow(10, -float64(q.Info().Decimals)) {
			t.Fatalf("%s.Round(%v) moved it by %v", q, v, d)
		}
	})
	if got := PM2_5.Round(math.NaN()); !math.IsNaN(got) {
		t.Errorf("Round(NaN) = %v", got)
	}
}
