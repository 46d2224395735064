/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>
#include <cmocka.h>
#include <dlfcn.h>

#include "tests/unit/vsnd_tape.h"

static char dir[64], config_path[96];
char out_path[96], in_path[96];

bool planes_only, frames_only;

__attribute__((visibility("default"))) int snd_pcm_hw_params_set_access(
	snd_pcm_t *pcm, snd_pcm_hw_params_t *params, snd_pcm_access_t access)
{
	__typeof__(&snd_pcm_hw_params_set_access) real =
		(__typeof__(real))dlsym(RTLD_NEXT, "snd_pcm_hw_params_set_access");

	if (planes_only && access != SND_PCM_ACCESS_RW_NONINTERLEAVED)
		return -EINVAL;
	if (frames_only && access != SND_PCM_ACCESS_RW_INTERLEAVED)
		return -EINVAL;
	return real(pcm, params, access);
}

int make_dir(void **state)
{
	FILE *file;

	(void)state;
	strcpy(dir, "/tmp/vsnd_tape.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(out_path, sizeof(out_path), "%s/out.raw", dir);
	snprintf(in_path, sizeof(in_path), "%s/in.raw", dir);
	snprintf(config_path, sizeof(config_path), "%s/asound.conf", dir);
	file = fopen(config_path, "we");
	if (file == NULL)
		return -1;
	fprintf(file,
		"pcm.nothing { type null }\n"
		"pcm.tape { type file slave.pcm nothing file \"%s\" infile \"%s\" format raw }\n"
		"pcm.turned { type route slave.pcm tape slave.channels 2\n"
		"	ttable.0.1 1 ttable.1.0 1 }\n",
		out_path, in_path);
	fclose(file);
	return setenv("ALSA_CONFIG_PATH", config_path, 1);
}

int remove_dir(void **state)
{
	(void)state;
	unlink(out_path);
	unlink(in_path);
	unlink(config_path);
	snd_config_update_free_global();
	return rmdir(dir);
}
