#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/hash.h"
#include "json/draft.h"
#include "schema/registry.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

constexpr TimestampMs kNow{1769126400000};
constexpr std::string_view kSeparator = "\n---\n";

std::string_view take_piece(std::string_view& input) {
    const std::size_t end = input.find(kSeparator);
    const std::string_view piece = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + kSeparator.size());
    return piece;
}

// What a registry writes, it reads, and writes the same again.
void check_text(const schema::Registry& registry) {
    const std::string text = registry.serialize();
    const Result<schema::Registry> read = schema::Registry::parse(text);
    DAYBOOK_CHECK(read.has_value() && read->serialize() == text);
    DAYBOOK_CHECK(read->list().size() == registry.list().size());
}

void register_type(schema::Registry& registry, std::string_view schema) {
    const Result<schema::RegisterReport> examined = registry.examine(schema);
    const Result<schema::RegisterReport> report = registry.register_type(schema);
    DAYBOOK_CHECK(examined.has_value() == report.has_value());
    if (!report || !report->breaks.empty()) return;
    DAYBOOK_CHECK(registry.newest_version(report->type) >= report->version);
    DAYBOOK_CHECK(registry.show(report->type, report->version).has_value());
    // Registered is registered.
    const Result<schema::RegisterReport> again = registry.register_type(schema);
    DAYBOOK_CHECK(again.has_value() && again->unchanged && again->version == report->version);
}

// The event without a trailer, with an id and a time if it leaves them to the log.
std::string object_of(const schema::CheckedEvent& event) {
    std::string line;
    const json::Draft draft = schema::append_draft(event, line);
    json::fill(line, 0, draft, event.event_id.value_or("019be826-9000-70c5-853b-559647364cea"),
               event.timestamp.value_or(kNow));
    return line + '}';
}

void check_event(const schema::Registry& registry, std::string_view json) {
    schema::Scratch scratch;
    const Result<schema::CheckedEvent> event = registry.check(json, kNow, scratch);
    if (!event) {
        DAYBOOK_CHECK(!event.error().message().empty());
        return;
    }
    const std::string line = object_of(*event);
    const std::string payload =
        "{" + (event->payload.empty() ? "" : std::string(event->payload.substr(1))) + "}";
    const std::string type(event->type);
    const int version = event->schema_version;
    schema::Scratch other;
    const Result<schema::CheckedEvent> again = registry.check(line, kNow, other);
    DAYBOOK_CHECK(again.has_value() && again->type == type && again->schema_version == version);
    DAYBOOK_CHECK(object_of(*again) == line);
    // An event that could be written can be read by the newest version, or it is said why not.
    if (registry.needs_upcast(type, version)) (void)registry.upcast(type, version, payload);
}

}  // namespace

// Pieces between lines of three dashes: a `_schema.json` (if it is none, the built-in types), up to
// four schemas to register, and last an event.
void fuzz_registry(std::string_view input) {
    // The text has all built-in types, and takes milliseconds: for one input in sixteen.
    const bool also_text = xxh3_64(input) % 16 == 0;
    Result<schema::Registry> read = schema::Registry::parse(take_piece(input));
    schema::Registry registry = read ? *read : schema::Registry::builtin();
    for (int i = 0; i < 4 && input.find(kSeparator) != std::string_view::npos; ++i) {
        register_type(registry, take_piece(input));
    }
    if (also_text) check_text(registry);
    check_event(registry, input);
}

}  // namespace daybook::fuzz
