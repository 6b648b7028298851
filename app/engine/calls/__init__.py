"""Calls of service tasks: what the program was asked to do, how often it was tried, and when it is tried again."""
