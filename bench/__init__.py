"""The instruments behind `make bench`: the product as a whole system, beside two yardsticks, in one run."""
