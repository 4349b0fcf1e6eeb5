"""What an operator can do: authorize, change and audit, in one transaction each; and the verifier."""
