# SPDX-License-Identifier: GPL-2.0-only
# Read lab/results/expected-reports, then a console log. Print `passed|failed NAME` for
# each test of -v boot=BOOT: it passes if it caused the expected reports and no other.
# -v report=PATTERN matches the first line of a report, -v where= ends each printed line.
#
# A test of LKDTM ends at a line of the guest, a KUnit case at its line of KTAP. A report
# belongs to the next test that ends.

FNR == NR {
	if ($1 == boot) {
		if (!($2 in titles))
			order[++tests] = $2
		i = ++titles[$2]
		count[$2, i] = $3
		sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "")
		title[order[tests], i] = $0
	}
	next
}

{
	sub(/\r$/, "")
	sub(/^\[ *[0-9.]+\] +/, "")
}

/^lab: test over/ { over(test); next }
/^lab: test / { test = $3; at = "" }
/^(not )?ok [0-9]+ test_/ { sub(/ *#.*/, ""); over($NF); next }
/^lkdtm: attempting bad / { at = $NF }
$0 ~ report { lines[++reported] = $0 }

function over(name,    i, l, why, got, follow, known) {
	for (l = 1; l <= reported; l++) {
		# Both lines follow every fault, the second one every warning.
		if (lines[l] ~ /^(Internal error: Oops|Call trace)/ && follow-- > 0)
			continue
		known = 0
		for (i = 1; !known && i <= titles[name]; i++)
			if (lines[l] ~ title[name, i]) {
				got[i]++
				known = 1
			}
		if (lines[l] ~ /^WARNING:/)
			follow = 1
		if (lines[l] ~ /^Unable to handle/) {
			follow = 2
			if (at == "" || substr(lines[l], length(lines[l]) - length(at) + 1) != at)
				why = "tried " at ", reported: " lines[l]
		}
		if (!known)
			why = "reported: " lines[l]
	}
	for (i = 1; why == "" && i <= titles[name]; i++)
		if (got[i] + 0 != count[name, i])
			why = "reported " (got[i] + 0) " times, not " count[name, i] ": " title[name, i]
	if (name in titles || why != "")
		print (why == "" ? "passed" : "failed"), boot "." name ".reports", where (why == "" ? "" : ": " why)
	seen[name] = 1
	reported = 0
}

END {
	if (reported)
		print "failed", boot ".reports", where ": reported: " lines[1]
	for (i = 1; i <= tests; i++)
		if (!(order[i] in seen))
			print "failed", boot "." order[i] ".reports", where ": the test did not end"
}
