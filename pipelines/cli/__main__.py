"""``python -m pipelines.cli`` is ``hub``."""

from pipelines.cli.main import main

if __name__ == "__main__":
    main()
