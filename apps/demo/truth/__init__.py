"""What a person who watched the sandbox's world would answer, from the world itself: never through the product's code."""
