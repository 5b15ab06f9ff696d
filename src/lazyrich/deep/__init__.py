"""Deep linear networks whose neighbouring layers are balanced, each pair at a relative scale of its own."""
