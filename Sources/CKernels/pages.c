// Large blocks of memory straight from the system.
#define _DEFAULT_SOURCE
#include "CKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

/// What is mapped for a block: whole huge pages, and one more to align it.
static size_t mapped(size_t bytes) {
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE + HUGE_PAGE;
}

void *abl_allocate_pages(size_t bytes) {
    const size_t length = mapped(bytes);
    char *block = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        fprintf(stderr, "cannot reserve %zu MB of memory for feature maps or weights\n", bytes >> 20);
        exit(1);
    }
    // The first huge page's rest is given back, so that freeing needs the aligned address alone.
    char *aligned = (char *)(((size_t)block + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    if (aligned > block)
        munmap(block, (size_t)(aligned - block));
    const size_t behind = (size_t)(block + length - aligned) - (length - HUGE_PAGE);
    if (behind > 0)
        munmap(aligned + length - HUGE_PAGE, behind);
#ifdef MADV_HUGEPAGE
    madvise(aligned, length - HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return aligned;
}

void abl_free_pages(void *memory, size_t bytes) {
    munmap(memory, mapped(bytes) - HUGE_PAGE);
}
