$SKEP execsnoop --help
