"""The pages of the service: the analyst's workbench at / and the engineer's dashboard at /ops.

Rendered here, with little JavaScript of our own beside them: asking and reading work without it.
"""
