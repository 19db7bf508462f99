# without the names of the tools, which grow
$SKEP --help | sed '/^Tools/,/^$/d'
for word in run list doctor completion install version; do
	echo "---- $word"
	$SKEP $word --help
done
