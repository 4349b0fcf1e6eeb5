"""The Roles tab: what each role allows, who holds it, and the roles of one's own."""
