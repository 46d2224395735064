/* SPDX-License-Identifier: MIT */
/* What both daemons' configuration files are made of. No state, any thread. */
#ifndef VB_CONFIG_WORDS_H
#define VB_CONFIG_WORDS_H

#include <stdbool.h>

#define VB_NAME_BYTES 64

/* 1 to 63 of A-Z a-z 0-9 . _ -: what a section may be called. */
bool vb_name_is_legal(const char *name);

/* Frees *text, puts a copy of value there. -ENOMEM: *text stays. */
int vb_text_replace(char **text, const char *value);

/*
 * Appends the words of a list ("a, b;c") to *names, which is NULL or ended by NULL; the caller
 * frees it with vb_names_free, also after a failure. -ENOMEM.
 */
int vb_names_add(char ***names, const char *list);
/* Takes NULL. */
void vb_names_free(char **names);
/* Is "*" among others? It means all, and stands alone. */
bool vb_names_star_in_company(char *const *names);
/* Does a list allow a name: by itself or by "*"? */
bool vb_names_allow(char *const *names, const char *name);

#endif
