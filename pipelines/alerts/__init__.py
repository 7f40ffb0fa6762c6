"""Alerts: urgent answers of the night, told once each to a webhook."""
