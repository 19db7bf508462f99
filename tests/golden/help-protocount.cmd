$SKEP protocount --help
