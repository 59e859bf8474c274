#include "duck/sql.h"

#include <charconv>
#include <utility>

namespace daybook::duck {
namespace {

std::string quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    out += quote;
    return out;
}

constexpr std::string_view kInterrupted = "INTERRUPT Error";

// The kinds of DuckDB's messages and what the caller can do about each.  What is not listed is
// wrong input: syntax, unknown names, types that do not fit.
constexpr std::pair<std::string_view, ErrorCode> kKinds[] = {
    {"Out of Memory Error", ErrorCode::kLimit},
    {"Permission Error", ErrorCode::kPermissionDenied},
    {"IO Error: Could not set lock", ErrorCode::kBusy},
    {"IO Error: No files found", ErrorCode::kNotFound},
    {"IO Error: Cannot open database", ErrorCode::kNotFound},
    {"IO Error: The file", ErrorCode::kCorrupt},  // "... exists, but it is not a valid DuckDB ..."
    {"IO Error: Corrupt database file", ErrorCode::kCorrupt},  // A block's checksum is wrong.
    {"IO Error", ErrorCode::kIo},
    {"Serialization Error", ErrorCode::kCorrupt},
    {"INTERNAL Error", ErrorCode::kInternal},
    {"FATAL Error", ErrorCode::kInternal},
};

// DuckDB 1.4 names the place of a syntax error twice.
std::string_view without_repeated_place(std::string_view message) {
    const std::size_t place = message.find("\n\nLINE ");
    if (place == std::string_view::npos) return message;
    const std::string_view places = message.substr(place);
    const std::string_view half = places.substr(0, places.size() / 2);
    return places.substr(half.size()) == half ? message.substr(0, place + half.size()) : message;
}

}  // namespace

std::string quote_identifier(std::string_view name) { return quoted(name, '"'); }
std::string quote_literal(std::string_view text) { return quoted(text, '\''); }

SqlError parse_sql_error(std::string_view message) {
    SqlError error;
    const std::size_t place = message.find("\nLINE ");
    const auto summary = message.substr(0, place);
    error.summary = summary.substr(0, summary.find_last_not_of('\n') + 1);
    if (place == std::string_view::npos) return error;

    std::string_view rest = message.substr(place + std::string_view("\nLINE ").size());
    const auto number = std::from_chars(rest.data(), rest.data() + rest.size(), error.line);
    const auto digits = static_cast<std::size_t>(number.ptr - rest.data());
    if (number.ec != std::errc() || rest.substr(digits, 2) != ": ") {
        error.line = 0;
        return error;
    }
    const std::size_t prefix = std::string_view("LINE ").size() + digits + 2;
    rest.remove_prefix(digits + 2);
    const std::size_t end = rest.find('\n');
    error.excerpt = rest.substr(0, end);
    const auto below = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t caret = below.find('^');
    error.caret_column = caret == std::string_view::npos || caret < prefix ? 0 : caret - prefix;
    return error;
}

std::string valid_json(std::string_view column) {
    return fmt::format("CASE WHEN json_valid({0}) THEN {0} END", column);
}

Error sql_error(std::string_view message) {
    message = without_repeated_place(message);
    // A full disk comes as an IO, TransactionContext or FATAL error, whatever was being written;
    // the stack trace that may follow the first line tells nobody anything.
    const std::string_view first_line = message.substr(0, message.find('\n'));
    if (first_line.find("Could not write") != std::string_view::npos) {
        for (const std::string_view reason :
             {"No space left on device", "Disk quota exceeded", "File too large"}) {
            if (first_line.ends_with(reason)) {
                return Error(ErrorCode::kNoSpace, std::string(first_line));
            }
        }
    }
    // So does a write-ahead log that may not be made.
    if (first_line.find("Cannot open file") != std::string_view::npos) {
        for (const std::string_view reason : {"Permission denied", "Read-only file system"}) {
            if (first_line.ends_with(reason)) {
                return Error(ErrorCode::kPermissionDenied, std::string(first_line));
            }
        }
    }
    if (message.starts_with(kInterrupted)) return Error(ErrorCode::kCancelled, "interrupted");
    for (const auto& [prefix, code] : kKinds) {
        if (message.substr(0, prefix.size()) == prefix) return Error(code, std::string(message));
    }
    return Error(ErrorCode::kInvalidArgument, std::string(message));
}

}  // namespace daybook::duck
