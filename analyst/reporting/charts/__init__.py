"""Charts: chosen by the kind of result, drawn as SVG, PNG and Vega-Lite."""
