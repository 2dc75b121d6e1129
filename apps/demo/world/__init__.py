"""The sandbox's world: what happens in it, and what its systems say of it. Pure; the same seed gives the same bytes."""
