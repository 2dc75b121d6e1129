"""`python -m soak`: breaks every part of a running system under load and checks afterwards that each law still holds."""
