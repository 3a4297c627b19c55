"""Finding what a question names in a table: columns, values, periods, units of time, bounds and rows."""
