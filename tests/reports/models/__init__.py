"""The models of `reports.models` against published figures, simulated truth and data that carry no model."""
