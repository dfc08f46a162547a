// Counts what the process takes from the heap, for tests that allow nothing.
#pragma once
#include <stdbool.h>

/// How often memory was asked for since the program began; always 0 where `abl_counts_allocations` is false.
long abl_allocation_count(void);
/// Whether this C library lets its allocator be wrapped (glibc does).
bool abl_counts_allocations(void);
