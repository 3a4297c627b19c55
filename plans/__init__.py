"""The plan language: what a model may ask to be computed, checked before it runs and run where it can harm nothing."""
