"""Telegram objects and calls in a module."""
