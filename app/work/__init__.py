"""Human workflow for any subject: knows no school project."""
