"""Sends the events of the trail to webhooks: the trail is the outbox, and each webhook has a place in it.

`outbox.py` is all that is read from the store and noted there; `turn.py` the work on one webhook, in order;
`deliverer.py` does so for all of them at once; `by_hand.py` sends one event because somebody asked for it.
"""
