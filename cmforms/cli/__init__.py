"""The command line: declarations and a few lines each; every rule lives below."""
