"""How well and how fast the engine understands, on public data."""
