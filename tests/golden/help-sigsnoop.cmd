$SKEP sigsnoop --help
