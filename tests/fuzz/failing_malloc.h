/* Include before the headers under test: allocations fail when a countdown says so. */
#ifndef ONEBOOK_FAILING_MALLOC_H
#define ONEBOOK_FAILING_MALLOC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static int64_t allocations_left = INT64_MAX; /* until one fails */

static bool allocation_fails(void) { return allocations_left-- == 0; }

static void *counted_malloc(size_t size) { return allocation_fails() ? NULL : malloc(size); }
static void *counted_calloc(size_t count, size_t size) { return allocation_fails() ? NULL : calloc(count, size); }
static void *counted_realloc(void *memory, size_t size) { return allocation_fails() ? NULL : realloc(memory, size); }
static void *counted_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
    return allocation_fails() ? MAP_FAILED : mmap(at, size, protection, flags, file, offset);
}

#define malloc counted_malloc
#define calloc counted_calloc
#define realloc counted_realloc
#define mmap counted_mmap

#endif
