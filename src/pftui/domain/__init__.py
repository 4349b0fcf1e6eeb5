"""What is true without a database or a screen: entities, rules, the key's format, errors."""
