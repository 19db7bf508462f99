$SKEP bashreadline --help
