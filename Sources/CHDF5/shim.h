#pragma once
#include <hdf5.h>

// The library's names for types, property classes and flags are macros that call functions: invisible to Swift.

static inline hid_t ablate_h5t_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t ablate_h5t_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t ablate_h5t_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t ablate_h5t_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t ablate_h5t_native_uint8(void) { return H5T_NATIVE_UINT8; }

static inline hid_t ablate_h5t_float32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t ablate_h5t_float64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t ablate_h5t_int32le(void) { return H5T_STD_I32LE; }
static inline hid_t ablate_h5t_int64le(void) { return H5T_STD_I64LE; }
static inline hid_t ablate_h5t_uint8(void) { return H5T_STD_U8LE; }

static inline hid_t ablate_h5t_c_string(void) { return H5T_C_S1; }
static inline size_t ablate_h5t_variable(void) { return H5T_VARIABLE; }

static inline hid_t ablate_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t ablate_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t ablate_h5p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t ablate_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t ablate_h5p_default(void) { return H5P_DEFAULT; }

static inline unsigned ablate_h5f_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned ablate_h5f_exclusive(void) { return H5F_ACC_EXCL; }

static inline hid_t ablate_h5s_all(void) { return H5S_ALL; }
static inline hid_t ablate_h5e_default(void) { return H5E_DEFAULT; }

/// Metadata format of HDF5 1.8: every metadata block carries a checksum, and every reader of the last ten years knows it.
static inline herr_t ablate_h5p_set_format(hid_t access) {
#if H5_VERSION_GE(1, 10, 2)
    return H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
#else
    return H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
#endif
}

/// No advisory locks: files are written under private names and appear whole, and network file systems refuse the locks.
static inline herr_t ablate_h5p_set_no_locking(hid_t access) {
#if H5_VERSION_GE(1, 10, 7)
    return H5Pset_file_locking(access, 0, 1);
#else
    (void)access;
    return 0;
#endif
}

/// How many attributes an object has; negative where that cannot be told.
static inline long long ablate_h5o_attribute_count(hid_t object) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t information;
    herr_t status = H5Oget_info3(object, &information, H5O_INFO_NUM_ATTRS);
#elif H5_VERSION_GE(1, 10, 3)
    H5O_info_t information;
    herr_t status = H5Oget_info2(object, &information, H5O_INFO_NUM_ATTRS);
#else
    H5O_info_t information;
    herr_t status = H5Oget_info1(object, &information);
#endif
    return status < 0 ? -1 : (long long)information.num_attrs;
}
