$SKEP exitsnoop --help
