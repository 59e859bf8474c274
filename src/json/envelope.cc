#include "json/envelope.h"

#include <array>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"
#include "json/chars.h"
#include "json/document.h"

namespace daybook::json {
namespace {

// Takes `literal` off the beginning of `*rest`.
bool take(std::string_view* rest, std::string_view literal) {
    if (!rest->starts_with(literal)) return false;
    rest->remove_prefix(literal.size());
    return true;
}

// Takes a string without escapes, behind its opening quote.
bool take_string(std::string_view* rest, std::string_view* value) {
    const std::size_t size = plain_prefix(*rest);
    if (size == rest->size() || (*rest)[size] != '"') return false;
    *value = rest->substr(0, size);
    rest->remove_prefix(size + 1);
    return true;
}

template <typename T>
bool take_integer(std::string_view* rest, T* value) {
    const char* const end = rest->data() + rest->size();
    const auto [stop, error] = std::from_chars(rest->data(), end, *value);
    if (error != std::errc() || stop == end || (*stop != ',' && *stop != '}')) return false;
    rest->remove_prefix(static_cast<std::size_t>(stop - rest->data()));
    return true;
}

// A line in the order of the format.  Whatever follows the envelope is not looked at: a field that
// is repeated there is against the format.
std::optional<Envelope> read_fast(std::string_view line) {
    Envelope envelope;
    std::int64_t timestamp = 0;
    if (!take(&line, "{\"event_type\":\"") || !take_string(&line, &envelope.event_type) ||
        !take(&line, ",\"event_id\":\"") || !take_string(&line, &envelope.event_id) ||
        !take(&line, ",\"timestamp_ms\":") || !take_integer(&line, &timestamp) ||
        !take(&line, ",\"run_id\":\"") || !take_string(&line, &envelope.run_id)) {
        return std::nullopt;
    }
    envelope.timestamp = TimestampMs(timestamp);
    if (take(&line, ",\"schema_version\":") && !take_integer(&line, &envelope.schema_version)) {
        return std::nullopt;
    }
    return envelope;
}

}  // namespace

struct EnvelopeReader::Slow {
    Parser parser;
};

EnvelopeReader::EnvelopeReader() = default;
EnvelopeReader::~EnvelopeReader() = default;

std::optional<Envelope> EnvelopeReader::read(std::string_view line) {
    if (auto envelope = read_fast(line)) return envelope;
    return read_slowly(line);
}

std::optional<Envelope> EnvelopeReader::read_slowly(std::string_view line) {
    if (slow_ == nullptr) slow_ = std::make_unique<Slow>();
    std::optional<std::string_view> type;
    std::optional<std::string_view> id;
    std::optional<std::string_view> run_id;
    std::optional<std::int64_t> timestamp;
    std::optional<std::int64_t> version = 1;
    const bool ok = slow_->parser.for_each_field(line, 0, [&](std::string_view key, Node value) {
        if (key == "event_type") type = value.as_string();
        if (key == "event_id") id = value.as_string();
        if (key == "run_id") run_id = value.as_string();
        if (key == "timestamp_ms") timestamp = value.as_int();
        if (key == "schema_version") version = value.as_int();
    });
    if (!ok || !type || !id || !run_id || !timestamp) return std::nullopt;
    // What is no version of ours is another tool's business.
    const bool is_version = version && *version >= 1 && *version <= INT32_MAX;
    return Envelope{*type, *id, TimestampMs(*timestamp), *run_id,
                    is_version ? static_cast<int>(*version) : 1};
}

std::string why_no_envelope(std::string_view line) {
    constexpr std::size_t kShown = 60;
    struct Field {
        std::string_view name;
        bool is_integer = false;
        std::string problem = "is missing";
    };
    std::array<Field, 4> fields = {Field{.name = "event_type"}, Field{.name = "event_id"},
                                   Field{.name = "timestamp_ms", .is_integer = true},
                                   Field{.name = "run_id"}};
    Parser parser;
    const bool ok = parser.for_each_field(line, 0, [&](std::string_view key, Node value) {
        for (Field& field : fields) {
            if (field.name != key) continue;
            const bool is_whole = value.kind() != Kind::kObject && value.kind() != Kind::kArray;
            const std::string found = printable(value.raw(), kShown);
            const bool is_right = is_whole && (field.is_integer ? value.as_int().has_value()
                                                                : value.as_string().has_value());
            field.problem = is_right ? std::string()
                                     : fmt::format("is {}, expected {}", found,
                                                   field.is_integer ? "an integer" : "a string");
            return;
        }
    });
    for (const Field& field : fields) {
        if (!field.problem.empty() && (ok || field.problem != "is missing")) {
            return fmt::format("{} {}", field.name, field.problem);
        }
    }
    return "it is no JSON object";
}

}  // namespace daybook::json
