"""pftui: users, teams, service accounts and API keys of an organization."""
