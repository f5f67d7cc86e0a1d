"""``python -m oncotext``: the command line."""

from oncotext.cli import main

main()
