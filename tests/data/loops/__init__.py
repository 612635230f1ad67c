"""The property test of everything: a small town, its law told anew, its people, what must always hold."""
