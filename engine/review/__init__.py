"""Deciding change by change."""
