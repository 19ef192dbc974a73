"""Binding, diagnosis, verdict, report: from an implementation to what is said of it."""
