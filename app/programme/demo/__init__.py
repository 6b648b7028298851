"""A region with invented people and schools in mid-year, for whoever tries Vekha; made only when asked for."""
