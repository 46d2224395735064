/* SPDX-License-Identifier: MIT */
/*
 * Sound files by libsndfile, in sndif's formats and bit for bit. Written: WAV. Read: whatever
 * libsndfile knows that holds plain PCM. One thread at a time per object; never a real-time one.
 */
#ifndef VSND_WAV_FILE_H
#define VSND_WAV_FILE_H

#include "backend/sound/engine/format.h"

struct vsnd_wav;

/* What a file to be read holds. */
struct vsnd_wav_content {
	uint64_t formats; /* that its samples fit into and fill: bit n is XENSND_PCM_FORMAT n */
	uint32_t rate_hz;
	uint32_t channels;
};

/*
 * Creates or truncates path. U8 and S8 become unsigned 8 bit, as WAV has it, S24 and U24 three
 * bytes, unsigned ones signed, big-endian ones little-endian: the same values, the pad byte apart.
 * The header is right after each write, so that a process killed leaves a whole file.
 * -ENOMEM, -errno of open, -EIO.
 */
int vsnd_wav_create(const char *path, const struct vsnd_format *format, struct vsnd_wav **ret);
/* -EFBIG: the file has as much as a WAV can (4 GiB); -errno of write. */
int vsnd_wav_write(struct vsnd_wav *wav, const void *frames, uint32_t count);

/* -EINVAL: no sound file, or not of this format; -errno of open. */
int vsnd_wav_open(const char *path, const struct vsnd_format *format, struct vsnd_wav **ret);
/* Frames read, less than count only at the end. */
uint32_t vsnd_wav_read(struct vsnd_wav *wav, void *frames, uint32_t count);

/* Takes NULL. */
void vsnd_wav_close(struct vsnd_wav *wav);

/* Errors as vsnd_wav_open. */
int vsnd_wav_look(const char *path, struct vsnd_wav_content *ret);

#endif
