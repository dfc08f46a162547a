#pragma once
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// The library was not made for hostile files: damaged ones make it write out of bounds. A file that nobody vouches for is
// therefore read by a child process first, and by this one only if the child has survived it.

/// Reads a dataset or an attribute with the library's own idea of its type, into memory of at most `limit` bytes.
static inline void ablate_h5_probe_values(hid_t object, int is_attribute, size_t limit) {
    hid_t stored = is_attribute ? H5Aget_type(object) : H5Dget_type(object);
    hid_t space = is_attribute ? H5Aget_space(object) : H5Dget_space(object);
    hid_t native = stored >= 0 ? H5Tget_native_type(stored, H5T_DIR_ASCEND) : -1;
    hssize_t count = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    size_t width = native >= 0 ? H5Tget_size(native) : 0;
    if (count > 0 && width > 0 && (size_t)count <= limit / width) {
        void *memory = calloc((size_t)count, width);
        herr_t status = !memory        ? -1
                        : is_attribute ? H5Aread(object, native, memory)
                                       : H5Dread(object, native, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory);
        if (status >= 0 && H5Tdetect_class(native, H5T_VLEN) + H5Tis_variable_str(native) > 0)
            H5Dvlen_reclaim(native, space, H5P_DEFAULT, memory);
        free(memory);
    }
    if (native >= 0) H5Tclose(native);
    if (space >= 0) H5Sclose(space);
    if (stored >= 0) H5Tclose(stored);
}

/// Reads an object with its attributes, and what is below it; `budget` bounds how many objects are opened.
static inline void ablate_h5_probe_object(hid_t object, int depth, int *budget, size_t limit) {
    for (hsize_t index = 0; *budget > 0; index++, --*budget) {
        hid_t attribute = H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, H5P_DEFAULT, H5P_DEFAULT);
        if (attribute < 0) break;
        ablate_h5_probe_values(attribute, 1, limit);
        H5Aclose(attribute);
    }
    if (H5Iget_type(object) == H5I_DATASET) ablate_h5_probe_values(object, 0, limit);
    H5G_info_t group;
    if (depth > 32 || H5Iget_type(object) == H5I_DATASET || H5Gget_info(object, &group) < 0) return;
    for (hsize_t index = 0; index < group.nlinks && *budget > 0; index++, --*budget) {
        char name[1024];
        if (H5Lget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, sizeof name, H5P_DEFAULT) < 0)
            continue;
        hid_t child = H5Oopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, index, H5P_DEFAULT);
        if (child < 0) continue;
        ablate_h5_probe_object(child, depth + 1, budget, limit);
        H5Oclose(child);
    }
}

/// Reads all of a file in a child process; 0 if the child came to its end, whatever the library said of the file, the
/// signal that ended it if it did not, and -1 if there could be no child. The caller holds the lock of the library.
static inline int ablate_h5_probe(const char *path, size_t limit, unsigned seconds) {
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        static const int ends[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGTERM};
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) signal(ends[index], SIG_DFL);
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        // The words of the C library about damaged memory are for nobody.
        int nowhere = open("/dev/null", O_WRONLY);
        if (nowhere >= 0) dup2(nowhere, 2);
        alarm(seconds);
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        if (file >= 0) {
            int budget = 100000;
            hid_t root = H5Oopen(file, "/", H5P_DEFAULT);
            if (root >= 0) {
                ablate_h5_probe_object(root, 0, &budget, limit);
                H5Oclose(root);
            }
            H5Fclose(file);
        }
        _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
