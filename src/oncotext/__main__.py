"""``python -m oncotext``: the command line."""

from oncotext.cli import main

if __name__ == "__main__":
    main()
