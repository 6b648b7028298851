"""Programme template, calendar, cycles and the schools' cases."""
