$SKEP bootstrap --help
