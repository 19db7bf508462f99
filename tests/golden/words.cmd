# what completion offers
$SKEP completion words | grep -v snoop | sort
echo "---- opensnoop"
$SKEP completion words opensnoop
echo "---- behind --"
$SKEP completion words opensnoop --
$SKEP completion tcsh
