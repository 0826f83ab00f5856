package ispu

// Category is a class of air by its ISPU.
type Category struct {
	// From is the first whole index of it, up to the next category's.
	From float64
	// Name is the regulation's, NameEN its meaning in English.
	Name, NameEN string
	// Colour is the regulation's, as #rrggbb.
	Colour string
}

var categories = []Category{
	{0, "Baik", "Good", "#34cc33"},
	{51, "Sedang", "Moderate", "#0070c0"},
	{101, "Tidak Sehat", "Unhealthy", "#ffc100"},
	{201, "Sangat Tidak Sehat", "Very unhealthy", "#ff0000"},
	{301, "Berbahaya", "Hazardous", "#000000"},
}

// Categories returns all categories, the best first. The caller owns the slice.
func Categories() []Category { return append([]Category(nil), categories...) }

// CategoryOf returns the category of an ISPU, rounded as Round does.
func CategoryOf(index float64) Category {
	is := categories[0]
	for _, c := range categories {
		if Round(index) >= c.From {
			is = c
		}
	}
	return is
}
