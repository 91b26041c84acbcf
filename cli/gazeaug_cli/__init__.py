"""The `gazeaug` command line: it parses options, calls the library and turns its errors into one sentence."""
