/* SPDX-License-Identifier: MIT */
#include "backend/sound/card/wav_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK_FRAMES 512u
#define FILE_BYTES_MAX 0xfff00000ull /* WAV counts in 32 bits; the header is in there too */

struct vsnd_wav {
	SNDFILE *file;
	struct vsnd_format format;
	uint64_t bytes;
	double plain[CHUNK_FRAMES * VSND_CHANNELS_MAX]; /* or int32_t, or float */
};

#define BIT(name) (UINT64_C(1) << XENSND_PCM_FORMAT_##name)

static const struct {
	int subtype;
	unsigned file_bytes; /* of a sample */
	uint64_t formats;
} kinds[] = {
	{SF_FORMAT_PCM_U8, 1, BIT(U8) | BIT(S8)},
	{SF_FORMAT_PCM_16, 2, BIT(S16_LE) | BIT(S16_BE) | BIT(U16_LE) | BIT(U16_BE)},
	{SF_FORMAT_PCM_24, 3, BIT(S24_LE) | BIT(S24_BE) | BIT(U24_LE) | BIT(U24_BE)},
	{SF_FORMAT_PCM_32, 4, BIT(S32_LE) | BIT(S32_BE) | BIT(U32_LE) | BIT(U32_BE)},
	{SF_FORMAT_FLOAT, 4, BIT(F32_LE) | BIT(F32_BE)},
	{SF_FORMAT_DOUBLE, 8, BIT(F64_LE) | BIT(F64_BE)},
	/* Only read; WAV has no signed 8 bit. */
	{SF_FORMAT_PCM_S8, 1, BIT(U8) | BIT(S8)},
};

static unsigned kind_of_format(uint8_t pcm_format)
{
	unsigned i = 0;

	while (!(kinds[i].formats & UINT64_C(1) << pcm_format))
		i++;
	return i;
}

static uint64_t formats_of_file(int sf_format)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].subtype == (sf_format & SF_FORMAT_SUBMASK))
			return kinds[i].formats;
	return 0;
}

/* The descriptor is the SNDFILE's; on failure it is closed. */
static int open_fd(const char *path, int flags, int mode, SF_INFO *info, SNDFILE **ret)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);
	SNDFILE *file;

	if (fd < 0)
		return -errno;
	file = sf_open_fd(fd, mode, info, SF_TRUE);
	if (file == NULL) {
		close(fd);
		return mode == SFM_READ ? -EINVAL : -EIO;
	}
	*ret = file;
	return 0;
}

static int wav_new(const struct vsnd_format *format, struct vsnd_wav **ret)
{
	struct vsnd_wav *wav = calloc(1, sizeof(*wav));

	if (wav == NULL)
		return -ENOMEM;
	wav->format = *format;
	*ret = wav;
	return 0;
}

int vsnd_wav_create(const char *path, const struct vsnd_format *format, struct vsnd_wav **ret)
{
	SF_INFO info = {
		.samplerate = (int)format->rate_hz,
		.channels = format->channels,
		.format = SF_FORMAT_WAV | kinds[kind_of_format(format->pcm_format)].subtype,
	};
	struct vsnd_wav *wav;
	int err = wav_new(format, &wav);

	if (err < 0)
		return err;
	err = open_fd(path, O_RDWR | O_CREAT | O_TRUNC, SFM_WRITE, &info, &wav->file);
	if (err < 0) {
		free(wav);
		return err;
	}
	sf_command(wav->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	sf_command(wav->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	*ret = wav;
	return 0;
}

int vsnd_wav_write(struct vsnd_wav *wav, const void *frames, uint32_t count)
{
	uint8_t pcm_format = wav->format.pcm_format;
	unsigned channels = wav->format.channels;
	unsigned frame_bytes = vsnd_format_sample_bytes(pcm_format) * channels;
	unsigned file_bytes = kinds[kind_of_format(pcm_format)].file_bytes * channels;
	const uint8_t *at = frames;
	sf_count_t done;

	for (uint32_t now; count > 0; count -= now, at += (size_t)now * frame_bytes) {
		now = count < CHUNK_FRAMES ? count : CHUNK_FRAMES;
		if (wav->bytes + (uint64_t)now * file_bytes > FILE_BYTES_MAX)
			return -EFBIG;
		wav->bytes += (uint64_t)now * file_bytes;
		vsnd_format_to_plain(pcm_format, at, wav->plain, (size_t)now * channels);
		errno = 0;
		if (!vsnd_format_is_float(pcm_format))
			done = sf_writef_int(wav->file, (int *)wav->plain, now);
		else if (vsnd_format_plain_bytes(pcm_format) == 4)
			done = sf_writef_float(wav->file, (float *)wav->plain, now);
		else
			done = sf_writef_double(wav->file, wav->plain, now);
		if (done != now)
			return errno != 0 ? -errno : -EIO;
	}
	return 0;
}

int vsnd_wav_open(const char *path, const struct vsnd_format *format, struct vsnd_wav **ret)
{
	SF_INFO info = {.format = 0};
	struct vsnd_wav *wav;
	int err = wav_new(format, &wav);

	if (err < 0)
		return err;
	err = open_fd(path, O_RDONLY, SFM_READ, &info, &wav->file);
	if (err == 0 && (!(formats_of_file(info.format) & UINT64_C(1) << format->pcm_format) ||
				info.channels != format->channels ||
				info.samplerate != (int)format->rate_hz))
		err = -EINVAL;
	if (err < 0) {
		vsnd_wav_close(wav);
		return err;
	}
	*ret = wav;
	return 0;
}

uint32_t vsnd_wav_read(struct vsnd_wav *wav, void *frames, uint32_t count)
{
	uint8_t pcm_format = wav->format.pcm_format;
	unsigned channels = wav->format.channels;
	unsigned frame_bytes = vsnd_format_sample_bytes(pcm_format) * channels;
	uint8_t *at = frames;
	uint32_t done = 0;

	while (done < count) {
		uint32_t now = count - done < CHUNK_FRAMES ? count - done : CHUNK_FRAMES;
		sf_count_t got;

		if (!vsnd_format_is_float(pcm_format))
			got = sf_readf_int(wav->file, (int *)wav->plain, now);
		else if (vsnd_format_plain_bytes(pcm_format) == 4)
			got = sf_readf_float(wav->file, (float *)wav->plain, now);
		else
			got = sf_readf_double(wav->file, wav->plain, now);
		if (got <= 0)
			break;
		vsnd_format_from_plain(pcm_format, wav->plain, at, (size_t)got * channels);
		at += (size_t)got * frame_bytes;
		done += (uint32_t)got;
	}
	return done;
}

void vsnd_wav_close(struct vsnd_wav *wav)
{
	if (wav == NULL)
		return;
	if (wav->file != NULL)
		sf_close(wav->file);
	free(wav);
}

int vsnd_wav_look(const char *path, struct vsnd_wav_content *ret)
{
	SF_INFO info = {.format = 0};
	SNDFILE *file;
	int err = open_fd(path, O_RDONLY, SFM_READ, &info, &file);

	if (err < 0)
		return err;
	sf_close(file);
	if (formats_of_file(info.format) == 0 || info.channels <= 0 || info.samplerate <= 0)
		return -EINVAL;
	*ret = (struct vsnd_wav_content){
		.formats = formats_of_file(info.format),
		.rate_hz = (uint32_t)info.samplerate,
		.channels = (uint32_t)info.channels,
	};
	return 0;
}
