# without the names of the tools and the version, which grow
$SKEP --help | sed '/^Tools/,/^$/d; s/^skep [0-9.]*:/skep VERSION:/'
for word in run list doctor completion install version; do
	echo "---- $word"
	$SKEP $word --help
done
