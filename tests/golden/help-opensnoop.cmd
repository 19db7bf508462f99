$SKEP opensnoop --help
