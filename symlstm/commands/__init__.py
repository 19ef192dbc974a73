"""The commands of the command line, a module each for those that belong together."""
