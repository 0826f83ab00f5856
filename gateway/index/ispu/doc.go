// Package ispu computes the Indeks Standar Pencemar Udara of Permen LHK
// P.14/2020 from 24-hour means, and names its categories.
//
//	index     category             PM10  PM2.5    SO2     CO    O3   NO2   (µg/m³)
//	50        Baik                   50   15.5     52   4000   120    80
//	100       Sedang                150   55.4    180   8000   235   200
//	200       Tidak Sehat           350  150.4    400  15000   400  1130
//	300       Sangat Tidak Sehat    420  250.4    800  30000   800  2260
//	top       Berbahaya             500  500     1200  45000  1000  3000
//
// Between two knots the index is linear. The top row's index is 400 with some and
// 500 with others who quote the regulation, so it is the caller's; people are told
// ">300" there. HC, the seventh parameter, is a quantity that no sensor of ours
// has.
//
// It must not be given anything but means over 24 hours: an index of less is no
// ISPU. How complete these must be, its caller decides.
package ispu
