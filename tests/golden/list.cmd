$SKEP list | grep -E '^ +(bashreadline|bootstrap|execsnoop|exitsnoop|hello|opensnoop|protocount|sigsnoop|tcpstates|unlinksnoop) '
$SKEP list --json | grep '"name":"opensnoop"'
$SKEP list all
