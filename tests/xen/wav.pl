# SPDX-License-Identifier: MIT
# WAVs for the tests of sound, where nothing but perl is.
# make FILE SEED SECONDS: 48 kHz, stereo, s16; no sample is 0, no two frames near each other are alike.
# match SENT GOT [gaps]: what was sent is what came, then only silence; with gaps: silence anywhere.
# begins SENT GOT: what came is how SENT begins.
# noise FILE SEED BYTES: no header, bytes of all values but 0, and no 8 of them the same twice nearby.
# soft FILE SEED FRAMES: no header; s16, stereo; samples below a quarter of the loudest, none near 0.
# sum ONE OTHER GOT: without headers, s16, stereo: GOT is ONE, with OTHER added to it from somewhere in it on, within one
# bit; with silence before and after, as for inside.
# inside SENT GOT FRAME_BYTES [gaps]: without headers: GOT is SENT, in one piece, with silence (the same frame over and
# over) before it and after it; with gaps: and in between. When its playback closes, snd-aloop leaves up to a tick of
# what the recorder's buffer held before: after 100 frames of silence at the end, nothing is looked at.
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

sub noise {
	my ($path, $seed, $count) = @_;
	my $x = $seed * 2654435761 % 4294967296 | 1;
	my @bytes;
	for (1 .. $count) {
		$x = ($x * 1664525 + 1013904223) % 4294967296;
		push @bytes, ($x >> 24) || 1;
	}
	open(my $file, '>:raw', $path) or die "$path: $!\n";
	print $file pack('C*', @bytes);
	close($file) or die "$path: $!\n";
	return 1;
}

sub whole {
	my ($path) = @_;
	local $/;
	open(my $file, '<:raw', $path) or die "$path: $!\n";
	return <$file>;
}

# How long the run of equal frames is from here on, in bytes.
sub silence {
	my ($got, $at, $frame_bytes) = @_;
	my $frame = substr($got, $at, $frame_bytes);
	my $end = $at;
	$end += $frame_bytes while substr($got, $end, $frame_bytes) eq $frame;
	return $end - $at;
}

sub inside {
	my ($sent, $got, $frame_bytes, $gaps) = (whole($_[0]), whole($_[1]), $_[2], $_[3]);
	my ($at, $begin) = (0, silence($got, 0, $frame_bytes));
	my $mute = substr($got, 0, $frame_bytes);
	my $kept = 0;
	$begin = 0 if $begin == $frame_bytes && substr($sent, 0, $frame_bytes) eq $mute;
	for ($at = $begin; $kept < length $sent; ) {
		my $piece = substr($got, $at, $frame_bytes);
		if ($piece eq substr($sent, $kept, $frame_bytes)) {
			$kept += $frame_bytes;
			$at += $frame_bytes;
		} elsif ($gaps && length $piece && $piece eq $mute) {
			my $gap = silence($got, $at, $frame_bytes);
			printf "silence: %d frames at %d\n", $gap / $frame_bytes, $at / $frame_bytes;
			$at += $gap;
		} else {
			last;
		}
	}
	my $after = $at < length $got ? silence($got, $at, $frame_bytes) : 0;
	printf "%d frames sent, %d came, silent at first %d, alike %d, silent at last %d\n", map { $_ / $frame_bytes }
		length $sent, length $got, $begin, $kept, $after;
	return $kept == length $sent && ($at + $after == length $got || $after >= 100 * $frame_bytes);
}

sub soft {
	my ($path, $seed, $frames) = @_;
	my $x = $seed * 2654435761 % 4294967296 | 1;
	my @samples;
	for (1 .. 2 * $frames) {
		$x = ($x * 1664525 + 1013904223) % 4294967296;
		my $loud = 16 + ($x >> 16) % 8000;
		push @samples, $x >> 31 ? $loud : -$loud;
	}
	open(my $file, '>:raw', $path) or die "$path: $!\n";
	print $file pack('s<*', @samples);
	close($file) or die "$path: $!\n";
	return 1;
}

sub sum {
	my ($one, $other, $got) = map { [unpack('s<*', whole($_))] } @_;
	my ($at, $begin, $most, $differ) = (0, undef, 0, 0);
	$at += 2 while $at < @$got && $got->[$at] == 0 && $got->[$at + 1] == 0;
	my $length = @$one;
	for (my $i = 0; $i < $length; $i++) {
		my $rest = ($got->[$at + $i] // last) - ($one->[$i] // 0);
		$begin = $i - $i % 2, $length += @$other - (@$one - $begin > @$other ? @$other : @$one - $begin)
			if !defined $begin && abs($rest) > 1;
		$rest -= $other->[$i - $begin] // 0 if defined $begin;
		$differ++ if $rest != 0;
		$most = abs($rest), printf "%d off at frame %d\n", $rest, $i / 2 if abs($rest) > $most;
	}
	my $end = $at + $length;
	my $after = 0;
	$after++ while $end + $after < @$got && $got->[$end + $after] == 0;
	printf "%d frames came, first at %d, second %d after it, off by %d at most, %d samples not the same, silent at last %d\n",
		@$got / 2, $at / 2, ($begin // -2) / 2, $most, $differ, $after / 2;
	return defined $begin && $begin > 0 && $begin < @$one && $end <= @$got && $most <= 1 &&
		($end + $after == @$got || $after >= 200);
}

my %verbs = (make => sub { make(@_); 1 }, match => \&match, begins => \&begins, noise => \&noise, inside => \&inside,
	soft => \&soft, sum => \&sum);
my $verb = $verbs{shift @ARGV} or die "make, match, begins, noise, inside, soft or sum?\n";
exit($verb->(@ARGV) ? 0 : 1);
