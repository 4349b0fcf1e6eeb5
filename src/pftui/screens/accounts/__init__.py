"""What both tabs do with an account: its columns, commands, flows and forms."""
