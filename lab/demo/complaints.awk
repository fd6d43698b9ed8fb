# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the tables: text in colour if colour=1, and complaints, which make them fail.

function paint(code, text)
{
	return colour ? sprintf("\033[%dm%s\033[m", code, text) : text
}

function complain(text)
{
	complaints[++ncomplaints] = text
}

# Print the complaints and exit, with 1 if there are any.
function finish(i)
{
	if (!ncomplaints)
		exit 0
	fflush()
	print paint(RED, "wrong:") > "/dev/stderr"
	for (i = 1; i <= ncomplaints; i++)
		print "  " complaints[i] > "/dev/stderr"
	exit 1
}
