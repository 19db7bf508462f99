$SKEP hello --help
