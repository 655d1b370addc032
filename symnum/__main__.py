"""``python -m symnum`` is the command line."""

from symnum.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
