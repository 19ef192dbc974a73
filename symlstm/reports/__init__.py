"""Reports in the forms that other programs and notebooks read; text and JSON are their own."""
