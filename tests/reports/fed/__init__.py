"""Models and forecasts fed from the books."""
