# SPDX-License-Identifier: GPL-2.0-only
# nozva.pl <FILE >COPY: make a copy of an arm64 binary in which each read of DCZID_EL0 says
# that DC ZVA is prohibited. The code then clears memory with stores, which plugins of QEMU
# see; they do not see the memory that DC ZVA clears. Fails if there is no such read.
use strict;
use warnings;

binmode STDIN;
binmode STDOUT;
local $/ = \4;
my $found = 0;
while (<STDIN>) {
	my $code = length == 4 ? unpack('V', $_) : 0;

	# MRS Xt, DCZID_EL0 becomes MOV Xt, #0x10.
	if (($code & ~31) == 0xd53b00e0) {
		$_ = pack('V', 0xd2800200 | $code & 31);
		$found++;
	}
	print;
}
die "no read of DCZID_EL0\n" unless $found;
