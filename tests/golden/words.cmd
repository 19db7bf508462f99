# what completion offers
$SKEP completion words | grep -xE 'run|list|doctor|help|opensnoop|hello'
echo "---- opensnoop"
$SKEP completion words opensnoop
echo "---- behind --"
$SKEP completion words opensnoop --
$SKEP completion tcsh
