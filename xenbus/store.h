/* SPDX-License-Identifier: MIT */
/*
 * xenstore with typed values, retried transactions and watches that call back. Wraps libxenstore.
 * An object belongs to one thread. Paths may be relative to the caller's domain.
 * Errors are -errno as libxenstore has them: -ENOENT, -EACCES, -EIO when the store is gone.
 */
#ifndef XB_STORE_H
#define XB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenstore.h>

#define XB_PATH_BYTES 256

struct xb_store;

/* -ENOENT / -ECONNREFUSED / -EACCES: neither xenstored nor xenloop answers, or not to us. */
int xb_store_open(struct xb_store **ret);
void xb_store_close(struct xb_store *store);

/* One sentence for a failed xb_store_open: what is missing and what to do. Static. */
const char *xb_store_open_error(int error);

/*
 * Values of dir/node (node NULL: dir itself). txn: XBT_NULL or from xb_store_transaction.
 * read: at most max_bytes long, without NUL inside (-E2BIG, -EINVAL); caller frees *ret.
 * read_u32: decimal within [min, max]; -EINVAL / -ERANGE for anything else.
 */
int xb_store_read(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	size_t max_bytes, char **ret);
int xb_store_read_u32(struct xb_store *store, xs_transaction_t txn, const char *dir,
	const char *node, uint32_t min, uint32_t max, uint32_t *ret);

int xb_store_write(struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Removes dir/node and all below it. A missing node is not an error. */
int xb_store_remove(
	struct xb_store *store, xs_transaction_t txn, const char *dir, const char *node);

/* Makes dir with these permissions: owner alone, or owner plus one reader (reader < 0: none). */
int xb_store_mkdir(
	struct xb_store *store, xs_transaction_t txn, const char *dir, unsigned owner, int reader);

/* Names below dir. Caller frees *ret_names with free() (one block). -ENOENT: no such dir. */
int xb_store_list(struct xb_store *store, xs_transaction_t txn, const char *dir, char ***ret_names,
	unsigned *ret_count);

/* Runs body in a transaction, again on a conflict (at most 64 times, then -EBUSY). A negative
 * answer of body abandons the transaction and is returned. */
int xb_store_transaction(struct xb_store *store,
	int (*body)(struct xb_store *store, xs_transaction_t txn, void *ctx), void *ctx);

/* Whether the domain lives (is introduced). */
bool xb_store_domain_alive(struct xb_store *store, uint32_t domid);

/*
 * Watches. changed() runs inside xb_store_dispatch, with the path that changed; it also fires once
 * right after xb_watch_add. It may add and remove watches, also its own.
 */
struct xb_watch;
int xb_watch_add(struct xb_store *store, const char *path,
	void (*changed)(const char *path, void *ctx), void *ctx, struct xb_watch **ret);
void xb_watch_remove(struct xb_watch *watch);

/* Readable when xb_store_dispatch has work; only once a watch was added. */
int xb_store_fd(const struct xb_store *store);

/*
 * Delivers what has come, without blocking; the same change several times may be delivered once. If
 * it is very much, the descriptor stays readable. -EIO: the store is gone; libxenstore does not
 * make the descriptor readable then, so call this now and then (a second) even when nothing is.
 */
int xb_store_dispatch(struct xb_store *store);

#endif
