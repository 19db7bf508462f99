$SKEP unlinksnoop --help
