$SKEP tcpstates --help
