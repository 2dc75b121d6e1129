"""The one error of the stack: a sentence for the person at the terminal that says what is wrong and what to do."""


class StackError(Exception):
    """Ends the command with exit status 1. Its text is all that the person sees."""
