package sample

import (
	"fmt"
	"time"
)

// The dates of the two networks of a province: at the earlier one part of the
// masts are not yet on air. A run takes a network by date with coverage.date in
// covgap.yaml or --date.
const (
	EarlierDate = "2022-06-30"
	LaterDate   = "2025-08-31"
)

// month is a month of the calendar, counted from January of the year 0.
type month int

func yearMonth(year, m int) month { return month(12*year + m - 1) }

// monthOf gives the month of a date of this package.
func monthOf(date string) month {
	t := day(date)
	return yearMonth(t.Year(), int(t.Month()))
}

// lastDay gives the day of the month of a date of this package.
func lastDay(date string) int { return day(date).Day() }

func day(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err) // the dates are constants
	}
	return t
}

func (m month) year() int { return int(m) / 12 }

// in gives the month moved to a year, unless it is in that year or a later one.
func (m month) in(year int) month { return month(12*max(year, m.year())) + m%12 }

func (m month) String() string { return fmt.Sprintf("%04d-%02d", m.year(), m%12+1) }
