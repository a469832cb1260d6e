"""Smoothing of a performer's joints: one control from raw to smooth, which keeps hits, fast turns and contacts."""
