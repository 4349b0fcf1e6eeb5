"""The verifier's fast path: SQLAlchemy's Core, without models."""
