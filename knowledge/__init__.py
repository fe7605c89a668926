"""Facts about the libraries that bots use, as data. Nothing here imports those libraries, and nothing is read before it
is asked for.
"""
