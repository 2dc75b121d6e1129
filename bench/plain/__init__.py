"""The plain pattern: what a good engineer writes first. One view, one Celery task an event, the ORM's get_or_create and save.

It shares the product's server, broker, kinds and numbers of processes, and durability; see settings.py for what it sets.
"""
