#pragma once
#include <png.h>
#include <string.h>

/// A zeroed image of the version this header describes, ready for libpng's simplified API.
static inline png_image ablate_png_image(void) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    return image;
}

/// libpng's last message; the array inside the structure reaches Swift as a tuple.
static inline const char *ablate_png_message(const png_image *image) { return image->message; }

static inline int ablate_png_failed(const png_image *image) { return PNG_IMAGE_FAILED(*image); }

/// Whether the file holds an alpha channel or a transparent colour.
static inline int ablate_png_has_alpha(const png_image *image) { return (image->format & PNG_FORMAT_FLAG_ALPHA) != 0; }

/// Asks for three or four interleaved 8-bit channels; 16-bit files are taken as sRGB like 8-bit ones, not as linear light.
static inline void ablate_png_request(png_image *image, int alpha) {
    image->format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
}

/// An upper bound of the size of the encoded file.
static inline size_t ablate_png_bound(const png_image *image) { return PNG_IMAGE_PNG_SIZE_MAX(*image); }
