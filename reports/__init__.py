"""From evidence to what people read: numbers filled into prose and checked, charts, and the report in every format."""
