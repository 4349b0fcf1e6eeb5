"""The Webhooks tab: where events are sent, how far each receiver is, and what can be done about it."""
