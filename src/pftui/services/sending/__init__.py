"""How something is sent to a receiver: signed, to an address that may be connected to, within a time.

Nothing here knows the store. `client.py` and `answer.py` are light; `exchange.py` and `wire.py`, which
import the HTTP client, are imported with the first request.
"""
