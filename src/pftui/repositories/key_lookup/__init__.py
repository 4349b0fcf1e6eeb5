"""The verifier's fast path: SQLAlchemy's Core without models, or the bare driver for one answer."""
