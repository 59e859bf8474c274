#include "lifecycle/merge_state.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;
// Some hundred bytes a part.
constexpr std::size_t kBytesMax = std::size_t{256} << 20;

std::string path_of(const ledger::LedgerDir& dir, const std::string& name) {
    return fmt::format("{}/merged-{}.json", dir.imports_dir(), name);
}

std::string hex64(std::uint64_t value) { return fmt::format("{:016x}", value); }

// What is not there, or of another kind, is nothing: a part without it is read again.
std::string text_of(const Json& object, std::string_view field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}
std::uint64_t count_of(const Json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}
TimestampMs time_of(const Json& object, const char* field) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t value = count_of(object, field);
    return TimestampMs(value <= kMost ? static_cast<std::int64_t>(value) : 0);
}

std::optional<log::Cursor> cursor_of(const Json& entry, const log::PartId& part) {
    log::Cursor cursor{.part = part};
    cursor.offset = ByteOffset(count_of(entry, "offset"));
    cursor.first_line_offset = ByteOffset(count_of(entry, "first"));
    cursor.last_line_offset = ByteOffset(count_of(entry, "last"));
    const bool is_whole =
        parse_hex64(text_of(entry, "first_checksum"), &cursor.first_line_checksum) &&
        parse_hex64(text_of(entry, "last_checksum"), &cursor.last_line_checksum);
    if (!is_whole || cursor.offset == ByteOffset(0)) return std::nullopt;
    return cursor;
}

}  // namespace

std::string encode_merge_state(const MergeState& state) {
    Json parts = Json::array();
    for (const auto& [part, seal] : state.seals) {
        parts.push_back({{"part", to_string(part)}, {"seal_sha256", seal}});
    }
    for (const auto& [part, cursor] : state.cursors) {
        parts.push_back({{"part", to_string(part)},
                         {"offset", cursor.offset.value()},
                         {"first", cursor.first_line_offset.value()},
                         {"first_checksum", hex64(cursor.first_line_checksum)},
                         {"last", cursor.last_line_offset.value()},
                         {"last_checksum", hex64(cursor.last_line_checksum)}});
    }
    Json missing = Json::array();
    Json contents = Json::object();
    for (const auto& [path, file] : state.missing) {
        missing.push_back(path);
        if (!file.sha256.empty()) contents[path] = file.sha256;
    }
    Json troubles = Json::array();
    for (const auto& [part, trouble] : state.troubles) {
        troubles.push_back({{"part", to_string(part)},
                            {"changed", trouble.changed},
                            {"damaged", trouble.damaged}});
    }
    const Json document = {{"format", kFormat},
                           {"event_id", state.event_id},
                           {"event_at_ms", state.event_at.value()},
                           {"parts", std::move(parts)},
                           {"missing", std::move(missing)},
                           {"missing_sha256", std::move(contents)},
                           {"troubles", std::move(troubles)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<MergeState> decode_merge_state(std::string_view text, const std::string& path) {
    const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object() || !document.contains("parts") || !document["parts"].is_array()) {
        return fail(ErrorCode::kCorrupt, "read {}: it is no state of a merge", path);
    }
    if (count_of(document, "format") != kFormat) {
        return fail(ErrorCode::kUnsupported, "read {}: it has another format", path);
    }
    MergeState state{.event_id = text_of(document, "event_id")};
    state.event_at = time_of(document, "event_at_ms");
    for (const Json& entry : document["parts"]) {
        if (!entry.is_object()) continue;
        const std::optional<log::PartId> part = log::parse_part_id(text_of(entry, "part"));
        if (!part) continue;
        if (std::string seal = text_of(entry, "seal_sha256"); !seal.empty()) {
            state.seals[*part] = std::move(seal);
        } else if (const auto cursor = cursor_of(entry, *part)) {
            state.cursors[*part] = *cursor;
        }
    }
    if (document.contains("troubles") && document["troubles"].is_array()) {
        for (const Json& entry : document["troubles"]) {
            if (!entry.is_object()) continue;
            const std::optional<log::PartId> part = log::parse_part_id(text_of(entry, "part"));
            if (!part) continue;
            state.troubles[*part] = {.changed = count_of(entry, "changed"),
                                     .damaged = count_of(entry, "damaged")};
        }
    }
    if (document.contains("missing") && document["missing"].is_array()) {
        const Json contents = document.value("missing_sha256", Json::object());
        for (const Json& path_name : document["missing"]) {
            if (!path_name.is_string()) continue;
            const auto place = path_name.get<std::string>();
            state.missing[place] = {.path = place, .sha256 = text_of(contents, place)};
        }
    }
    return state;
}

Result<MergeState> read_merge_state(const ledger::LedgerDir& dir, const std::string& name) {
    const std::string path = path_of(dir, name);
    const Result<std::string> text = os::read_file(path, kBytesMax);
    if (!text && text.error().code() == ErrorCode::kNotFound) return MergeState();
    if (!text) return fail(text.error());
    // It only saves time.
    const Result<MergeState> state = decode_merge_state(*text, path);
    return state ? *state : MergeState();
}

Status write_merge_state(const ledger::LedgerDir& dir, const std::string& name,
                         const MergeState& state) {
    RETURN_IF_ERROR(os::make_dirs(dir.imports_dir()));
    return os::write_file_atomic(path_of(dir, name), encode_merge_state(state));
}

}  // namespace daybook::lifecycle
