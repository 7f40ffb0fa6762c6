"""What the project claims in figures, each measured by a command: ``hub bench NAME``."""
