"""`python -m fa2` is the same as the command `fa2`."""

from fa2.apps.cli import main

if __name__ == "__main__":
    main()
