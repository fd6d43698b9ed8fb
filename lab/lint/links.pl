# SPDX-License-Identifier: GPL-2.0-only
# links.pl LIST FILE...: check that each link of the Markdown files has a target, and that
# each path and make target in backquotes exists. LIST names the files of the repository.
# A path is a word that begins with a folder of the repository or of the kernel, or a file
# name with the suffix of a source or text. build/ is generated and not checked. Exits with
# 1 if something is missing.
use strict;
use warnings;
use File::Basename;

my $list = shift;
my (%known, %names, %tops, %targets, $missing, $nr);

# The view has NAME.diff for a file that the series changes in part.
open(my $in, '<', $list) or die "$list: $!\n";
while (my $path = <$in>) {
	chomp $path;
	for my $p ($path, $path =~ s/\.diff$//r) {
		$known{$p} = $names{basename($p)} = 1;
		while ($p =~ m{^(.*)/}) {
			$p = $1;
			$known{$p} = 1;
		}
		$tops{$p} = 1;
	}
}
close $in;
$tops{$_} = 1 for qw(arch drivers fs include kernel lib mm net scripts security tools Documentation);

open(my $make, '<', 'Makefile') or die "Makefile: $!\n";
while (<$make>) {
	$targets{$1} = 1 if /^([a-z-]+):/;
}
close $make;

sub exists_path {
	my ($path) = @_;

	$path =~ s{/+$}{};
	return 1 if $known{$path} || -e $path || -e "build/linux/$path";
	return $path =~ /[*?]/ && scalar(glob($path) // '') ne '' && -e (glob($path))[0];
}

sub missing {
	my ($file, $what) = @_;

	print "$file:$nr: $what\n";
	$missing = 1;
}

sub anchors {
	my ($file) = @_;
	my %anchors;

	open(my $text, '<', $file) or return \%anchors;
	while (<$text>) {
		next unless s/^#+\s+//;
		chomp;
		$_ = lc;
		s/[^\w\s-]//g;
		s/\s/-/g;
		$anchors{$_} = 1;
	}
	close $text;
	return \%anchors;
}

sub check_link {
	my ($file, $target) = @_;

	return if $target =~ m{^(https?|mailto):};
	my ($path, $anchor) = split /#/, $target, 2;
	my $to = $path eq '' ? $file : dirname($file) . "/$path";
	1 while $to =~ s{(^|/)\./}{$1} || $to =~ s{(^|/)(?!\.\.)[^/]+/\.\./}{$1};

	if (!exists_path($to)) {
		missing($file, "the link leads nowhere: $target");
	} elsif (defined $anchor && $to =~ /\.md$/ && !anchors($to)->{$anchor}) {
		missing($file, "the linked file lacks the heading: $target");
	}
}

sub check_name {
	my ($file, $span) = @_;

	missing($file, "the Makefile lacks the target $1")
		if $span =~ /^make ([a-z-]+)/ && !$targets{$1};
	return if $span =~ /^git /;
	for my $word (split ' ', $span) {
		$word =~ s/[,;:]$//;
		next unless $word =~ m{^[\w.*?+/-]+$} && $word !~ m{^/} && $word !~ m{^build(/|$)};
		if ($word =~ m{^([\w.-]+)/}) {
			next unless $tops{$1};
			missing($file, "there is no file $word")
				unless exists_path($word) || exists_path(dirname($file) . "/$word");
		} elsif ($word =~ /^[\w-]+\.(c|h|sh|awk|md|rst)$/) {
			missing($file, "no file has the name $word") unless $names{$word};
		}
	}
}

for my $file (@ARGV) {
	my $fenced = 0;

	open(my $text, '<', $file) or die "$file: $!\n";
	while (my $line = <$text>) {
		$nr = $.;
		$fenced = !$fenced if $line =~ /^\s*```/;
		next if $fenced;
		check_name($file, $1) while $line =~ /`([^`]+)`/g;
		$line =~ s/`[^`]*`//g;
		check_link($file, $1) while $line =~ /\]\(\s*<?([^)\s>]+)/g;
		check_link($file, $1) while $line =~ /\b(?:src|href|srcset)="([^"]+)"/g;
		check_link($file, $1) if $line =~ /^\[[^\]]+\]:\s+(\S+)/;
	}
	close $text;
}
exit($missing ? 1 : 0);
