// A TOML document as a flat list of nodes with places, read by toml++ (https://marzer.github.io/tomlplusplus).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ctoml_table,
    ctoml_array,
    ctoml_string,
    ctoml_integer,
    ctoml_float,
    ctoml_boolean,
    ctoml_date,
} ctoml_kind;

// A place in the text; lines and columns count from 1, columns in code points. 0 means unknown.
typedef struct {
    uint32_t line;
    uint32_t column;
} ctoml_place;

// One node. Nodes stand in depth-first order: a node's children follow it.
typedef struct {
    ctoml_kind kind;
    // Index of the table or array that holds the node; -1 for the document.
    int64_t parent;
    // The name under which a table holds the node, not terminated by zero; empty elsewhere.
    const char *key;
    size_t key_length;
    ctoml_place key_place;
    // Where the value begins.
    ctoml_place place;
    // The characters of a string, not terminated by zero.
    const char *text;
    size_t text_length;
    // The value of an integer, or of a boolean as 0 or 1.
    int64_t integer;
    // The value of a float.
    double number;
} ctoml_node;

typedef struct ctoml_document ctoml_document;

// Reads a text of UTF-8. The result is never null unless memory is short; free it with ctoml_free.
ctoml_document *ctoml_parse(const char *text, size_t length);
void ctoml_free(ctoml_document *document);

// What is wrong with the syntax, and where; null if nothing is. Lives as long as the document.
const char *ctoml_error(const ctoml_document *document, ctoml_place *place);

// The nodes, the document's own table first. They live as long as the document.
const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count);

#ifdef __cplusplus
}
#endif
