"""What can be measured, each under its name: a function from the run's circumstances to figures."""
