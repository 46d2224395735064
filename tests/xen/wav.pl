# SPDX-License-Identifier: MIT
# WAVs for the tests of sound, where nothing but perl is.
# make FILE SEED SECONDS: 48 kHz, stereo, s16; no sample is 0, no two frames near each other are alike.
# match SENT GOT [gaps]: what was sent is what came, then only silence; with gaps: silence anywhere.
# begins SENT GOT: what came is how SENT begins.
use strict;
use warnings;

my $frame_bytes = 4;

sub samples {
	my ($path) = @_;
	local $/;
	open(my $file, '<:raw', $path) or die "$path: $!\n";
	my $bytes = <$file>;
	my $at = 12;
	while ($at + 8 <= length $bytes) {
		my ($name, $size) = unpack('a4 V', substr($bytes, $at, 8));
		return substr($bytes, $at + 8, $size) if $name eq 'data';
		$at += 8 + $size + $size % 2;
	}
	die "$path: no samples\n";
}

sub make {
	my ($path, $seed, $seconds) = @_;
	my $frames = 48000 * $seconds;
	my $bytes = '';
	for my $i (0 .. $frames - 1) {
		my $noise = ($i * 2654435761 + $seed * 40503) >> 8 & 0xffff;
		$bytes .= pack('v v', $i % 65535 + 1, $noise || 1);
	}
	open(my $file, '>:raw', $path) or die "$path: $!\n";
	print $file pack('a4 V a4 a4 V v v V V v v a4 V', 'RIFF', 36 + length $bytes, 'WAVE', 'fmt ', 16, 1, 2,
		48000, 48000 * $frame_bytes, $frame_bytes, 16, 'data', length $bytes), $bytes;
	close($file) or die "$path: $!\n";
}

# In frames: how much of both is alike.
sub alike {
	my ($one, $other) = @_;
	my $least = length $one < length $other ? length $one : length $other;
	(substr($one, 0, $least) ^ substr($other, 0, $least)) =~ /^(\0*)/;
	return int(length($1) / $frame_bytes);
}

sub match {
	my ($sent_path, $got_path, $gaps) = @_;
	my ($sent, $got) = (samples($sent_path), samples($got_path));
	my $came = length($got) / $frame_bytes;
	my $silence = "\0" x $frame_bytes;
	my @silent;
	if ($gaps) {
		my ($kept, $at) = ('', 0);
		for my $frame (unpack "(a$frame_bytes)*", $got) {
			if ($frame ne $silence) {
				$kept .= $frame;
			} elsif (@silent && $silent[-1][0] + $silent[-1][1] == $at) {
				$silent[-1][1]++;
			} else {
				push @silent, [$at, 1];
			}
			$at++;
		}
		$got = $kept;
		print "silent: $_->[1] frames at $_->[0]\n" for @silent;
	}
	my $alike = alike($sent, $got);
	my $rest = substr($got, $alike * $frame_bytes);
	printf "%d frames sent, %d came, %d alike\n", length($sent) / $frame_bytes, $came, $alike;
	return $alike * $frame_bytes == length($sent) && $rest !~ /[^\0]/;
}

sub begins {
	my ($sent, $got) = (samples($_[0]), samples($_[1]));
	my $alike = alike($sent, $got);
	printf "%d frames came, %d alike\n", length($got) / $frame_bytes, $alike;
	return length($got) > 0 && $alike * $frame_bytes == length $got;
}

my ($verb, @words) = @ARGV;
my $good = $verb eq 'make' ? (make(@words), 1)[-1] : $verb eq 'match' ? match(@words) : begins(@words);
exit($good ? 0 : 1);
