"""The contracts themselves, by who tells them."""
