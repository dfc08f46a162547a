#include "CTomlPlusPlus.h"

#include <deque>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

// Version 3.3 asserts what a malformed text may break, such as `[=]`: that is the text's fault and ends no program.
namespace {
struct failed_assertion {};
} // namespace
#undef NDEBUG
#define TOML_ASSERT(expression) \
    do { \
        if (!(expression)) \
            throw failed_assertion(); \
    } while (false)
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

struct ctoml_document {
    std::vector<ctoml_node> nodes;
    // A deque does not move its elements: nodes point into them.
    std::deque<std::string> texts;
    std::string error;
    ctoml_place error_place{0, 0};
    bool has_error = false;

    const std::string &keep(std::string_view text) { return texts.emplace_back(text); }
};

namespace {

ctoml_place place_of(const toml::source_region &region) {
    return {static_cast<uint32_t>(region.begin.line), static_cast<uint32_t>(region.begin.column)};
}

void append(ctoml_document &document, const toml::node &node, int64_t parent, const toml::key *key) {
    ctoml_node out{};
    out.parent = parent;
    out.place = place_of(node.source());
    out.key = "";
    out.text = "";
    if (key) {
        const std::string &name = document.keep(key->str());
        out.key = name.data();
        out.key_length = name.size();
        out.key_place = place_of(key->source());
    }
    const auto index = static_cast<int64_t>(document.nodes.size());
    switch (node.type()) {
    case toml::node_type::table:
        out.kind = ctoml_table;
        document.nodes.push_back(out);
        for (auto &&[name, child] : *node.as_table())
            append(document, child, index, &name);
        return;
    case toml::node_type::array:
        out.kind = ctoml_array;
        document.nodes.push_back(out);
        for (auto &&child : *node.as_array())
            append(document, child, index, nullptr);
        return;
    case toml::node_type::string: {
        const std::string &text = document.keep(node.as_string()->get());
        out.kind = ctoml_string;
        out.text = text.data();
        out.text_length = text.size();
        break;
    }
    case toml::node_type::integer:
        out.kind = ctoml_integer;
        out.integer = node.as_integer()->get();
        break;
    case toml::node_type::floating_point:
        out.kind = ctoml_float;
        out.number = node.as_floating_point()->get();
        break;
    case toml::node_type::boolean:
        out.kind = ctoml_boolean;
        out.integer = node.as_boolean()->get() ? 1 : 0;
        break;
    default:
        out.kind = ctoml_date;
        break;
    }
    document.nodes.push_back(out);
}

void fail(ctoml_document &document, std::string_view message, ctoml_place place) {
    document.error = message;
    document.error_place = place;
    document.has_error = true;
}

// The number of the line up to which a text has to be read for an assertion to fail.
uint32_t line_of_failure(std::string_view text) {
    uint32_t line = 1;
    for (size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
        try {
            static_cast<void>(toml::parse(text.substr(0, end)));
        } catch (const failed_assertion &) {
            return line;
        } catch (const std::exception &) {
            // A text that was cut off inside a value.
        }
        line += 1;
    }
    return line;
}

} // namespace

// No exception crosses into Swift.
extern "C" ctoml_document *ctoml_parse(const char *text, size_t length) {
    auto *document = new (std::nothrow) ctoml_document;
    if (!document)
        return nullptr;
    try {
        append(*document, toml::parse(std::string_view(text, length)), -1, nullptr);
    } catch (const toml::parse_error &error) {
        fail(*document, error.description(), place_of(error.source()));
    } catch (const failed_assertion &) {
        fail(*document, "no key can be read in this line", {line_of_failure({text, length}), 1});
    } catch (const std::exception &error) {
        fail(*document, error.what(), {0, 0});
    }
    return document;
}

extern "C" void ctoml_free(ctoml_document *document) {
    delete document;
}

extern "C" const char *ctoml_error(const ctoml_document *document, ctoml_place *place) {
    if (!document->has_error)
        return nullptr;
    *place = document->error_place;
    return document->error.c_str();
}

extern "C" const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
    *count = document->nodes.size();
    return document->nodes.data();
}
