"""TGF6xx: how Telegram is asked: fewer requests, faster transfers."""
