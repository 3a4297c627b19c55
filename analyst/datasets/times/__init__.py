"""Time as people write it: dates, periods, clock times, durations and serial numbers into columns that have a type."""
