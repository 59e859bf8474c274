// Small documents of known keys: reading them strictly, with errors that name file and field.
//
//     ASSIGN_OR_RETURN(const Document document, Document::parse(text, {.path = path, …}));
//     ASSIGN_OR_RETURN(seal.bytes, document.count("bytes"));
//
// Keys that nobody asks for are ignored: a later version may have added them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "log/layout.h"

namespace daybook::ledger {

// What the messages about a document say of it.
struct DocumentKind {
    std::string path;
    std::string name;  // "seal"
    std::string cure;  // what to do if it is not as it should be
};

class Document {
public:
    // kCorrupt: it is no JSON object.
    static Result<Document> parse(std::string_view text, DocumentKind kind);

    bool has(const char* field) const { return object_.contains(field); }
    // Refuses any `format` but this one: a greater one as kUnsupported.
    Status check_format(std::int64_t known) const;

    // Each is kCorrupt, with file and field, what was found and what was expected, for anything
    // else, and for a field that is missing.
    Result<std::uint64_t> count(const char* field) const;
    Result<TimestampMs> time(const char* field) const;
    Result<bool> boolean(const char* field) const;
    Result<std::string> text(const char* field) const;
    Result<log::PartId> part(const char* field) const;
    // Lower-case hexadecimal digits, exactly `digits` of them.
    Result<std::string> hex(const char* field, std::size_t digits) const;
    // The same, or null.
    Result<std::optional<TimestampMs>> time_or_null(const char* field) const;
    Result<std::optional<std::string>> text_or_null(const char* field) const;
    Result<std::optional<std::string>> hex_or_null(const char* field, std::size_t digits) const;

private:
    Document(nlohmann::json object, DocumentKind kind)
        : object_(std::move(object)), kind_(std::move(kind)) {}
    bool is_null(const char* field) const;
    const nlohmann::json* find(const char* field) const;
    tl::unexpected<Error> refuse(const char* field, std::string_view expected) const;

    nlohmann::json object_;
    DocumentKind kind_;
};

// `text` as a JSON string; what is no UTF-8 in it becomes U+FFFD, so that this cannot fail.
std::string json_string(std::string_view text);

}  // namespace daybook::ledger
