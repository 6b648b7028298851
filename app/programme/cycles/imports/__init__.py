"""A list of schools as people make it in a spreadsheet: read, judged row by row, taken in whole or not at all."""
