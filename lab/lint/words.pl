# SPDX-License-Identifier: GPL-2.0-only
# words.pl TABLE FILE...: print each line of the files that matches a pattern of TABLE, with
# the replacement. Of a patch, check the message and the added lines; of a .diff, the
# added lines. Text in backquotes is a name: skip it. Exits with 1 if a line matches.
use strict;
use warnings;

my $table = shift;
my (@rules, $found);

open(my $in, '<', $table) or die "$table: $!\n";
while (<$in>) {
	chomp;
	next if /^#/;
	my ($pattern, $replacement, $example) = split /\t/;
	die "$table:$.: three columns are needed\n" unless defined $example;
	my $rule = eval { qr/$pattern/ } or die "$table:$.: $@";
	die "$table:$.: the pattern does not match the example\n" unless $example =~ $rule;
	push @rules, [$rule, $replacement];
}
close $in;

for my $file (@ARGV) {
	my $diff = $file =~ /\.diff$/;
	open(my $text, '<', $file) or die "$file: $!\n";
	while (my $line = <$text>) {
		chomp $line;
		$diff = 1 if $file =~ /\.patch$/ && $line =~ /^diff --git /;
		next if $diff && $line !~ s/^\+(?!\+\+ )//;
		# The rest of a mutant's line is a program.
		$line =~ s/\|.*// if $file =~ m{/mutants(-guest)?$};
		(my $prose = $line) =~ s/`[^`]*`/`name`/g;
		for my $rule (@rules) {
			next unless $prose =~ $rule->[0];
			my $match = $&;
			$line =~ s/^\s+//;
			print "$file:$.: \"$match\": write: $rule->[1]\n    $line\n";
			$found = 1;
			last;
		}
	}
	close $text;
}
exit($found ? 1 : 0);
